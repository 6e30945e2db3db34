"""Game records on disk."""

from __future__ import annotations

import dataclasses
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from selfplay import GameRecord, RecordError, read_records, write_records
from tests.selfplay.tiny import play_games, record_of, same_game, self_play


def some_records() -> list[GameRecord]:
    games = self_play()
    return [*play_games(games, 6).values(), *games.running()]


def test_round_trip(tmp_path: Path) -> None:
    path, records = tmp_path / "games.npz", some_records()
    assert any(not record.finished for record in records)
    write_records(path, records)
    again = read_records(path)
    assert len(again) == len(records)
    assert all(same_game(a, b) for a, b in zip(records, again, strict=True))
    assert [p.name for p in tmp_path.iterdir()] == ["games.npz"]


@pytest.mark.parametrize("records", [[], [record_of([])], [record_of([]), record_of([4, 9, 9])]])
def test_nothing_and_games_without_moves(tmp_path: Path, records: list[GameRecord]) -> None:
    path = tmp_path / "games.npz"
    write_records(path, records)
    again = read_records(path)
    assert len(again) == len(records)
    assert all(same_game(a, b) for a, b in zip(records, again, strict=True))


def test_large_numbers_are_kept(tmp_path: Path) -> None:
    record = dataclasses.replace(record_of([4, 9, 9], komi=-3.5), game_id=2**40 + 1)
    write_records(tmp_path / "games.npz", [record])
    assert read_records(tmp_path / "games.npz")[0].game_id == 2**40 + 1
    assert read_records(tmp_path / "games.npz")[0].komi == -3.5


def test_boards_of_several_sizes_in_a_file(tmp_path: Path) -> None:
    records = [record_of([4]), record_of([4, 3], size=4), record_of([]), record_of([1], size=2)]
    write_records(tmp_path / "games.npz", records)
    found = read_records(tmp_path / "games.npz")
    assert [r.board_size for r in found] == [3, 4, 3, 2]
    for record, back in zip(records, found, strict=True):
        np.testing.assert_array_equal(record.moves, back.moves)
        np.testing.assert_array_equal(record.policies, back.policies)


def test_targets_are_the_positions_with_a_policy() -> None:
    record = record_of([4, 0, 1, 9, 9])
    assert record.targets == 5
    record.policies[[0, 3]] = 0
    assert record.targets == 3


def test_replaying() -> None:
    record = record_of([4, 0, 1, 9, 9])
    assert record.replayed().history == (4, 0, 1, 9, 9)
    for moves in ([4, 4], [4, 77], [9, 9, 4], [4, -1]):
        wrong = dataclasses.replace(record, moves=np.array(moves, np.int16), game_id=12)
        with pytest.raises(RecordError, match="game 12 holds an illegal move"):
            wrong.replayed()


# ---------------------------------------------------------------- damage


def refuse(path: Path) -> None:
    with pytest.raises(RecordError, match="no usable file of games") as caught:
        read_records(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_every_flipped_bit_is_noticed_or_harmless(tmp_path: Path) -> None:
    """Either the file is refused, or what it says is what was written (dates in a zip, say)."""
    path = tmp_path / "games.npz"
    records = [record_of([4, 0, 1, 9, 9]), record_of([0, 8, 9, 9], game_id=1)]
    write_records(path, records)
    content = bytearray(path.read_bytes())
    refused = 0
    for place in range(0, len(content), 3):
        content[place] ^= 1 << (place % 8)
        path.write_bytes(content)
        try:
            again = read_records(path)
        except RecordError:
            refused += 1
        else:
            assert all(same_game(a, b) for a, b in zip(records, again, strict=True)), place
        content[place] ^= 1 << (place % 8)
    assert refused > 100


def test_truncated_files(tmp_path: Path) -> None:
    path = tmp_path / "games.npz"
    write_records(path, some_records())
    content = path.read_bytes()
    for length in (0, 1, 30, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        refuse(path)


def test_missing_files_and_other_files(tmp_path: Path) -> None:
    path = tmp_path / "games.npz"
    refuse(path)
    refuse(tmp_path)
    for content in (b"hello", b"\x80\x04N.", b"PK\x05\x06" + bytes(18)):
        path.write_bytes(content)
        refuse(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))  # a single array is no archive
    refuse(path)


class Bomb:
    """Unpickling one makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def test_pickled_arrays_are_never_opened(tmp_path: Path) -> None:
    path, mark = tmp_path / "games.npz", tmp_path / "exploded"
    arrays = arrays_of([record_of([4, 9, 9])])
    arrays["games"] = np.array([Bomb(mark)], object)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # pickles objects without being asked
    path.write_bytes(buffer.getvalue())
    refuse(path)
    assert not mark.exists()


def arrays_of(records: list[GameRecord]) -> dict[str, Any]:
    """What `write_records` writes."""
    table = [
        (r.game_id, r.board_size, r.komi, r.opening_moves, len(r.moves), r.black_score, r.finished)
        for r in records
    ]
    return {
        "games": np.array(table, np.float64),
        "moves": np.concatenate([r.moves for r in records]),
        "policies": np.concatenate([r.policies for r in records]),
        "values": np.concatenate([r.values for r in records]),
    }


def save(path: Path, arrays: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    path.write_bytes(buffer.getvalue())


GAMES = [record_of([4, 0, 1, 9, 9]), record_of([0, 8, 9, 9], game_id=1)]


def test_arrays_written_by_hand_are_read(tmp_path: Path) -> None:
    """So the refusals below are about what is changed."""
    path = tmp_path / "games.npz"
    save(path, arrays_of(GAMES))
    assert all(same_game(a, b) for a, b in zip(GAMES, read_records(path), strict=True))


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("games", (0, 0), np.nan),  # game id
        ("games", (0, 0), 0.5),
        ("games", (1, 1), 4),  # board size
        ("games", (slice(None), 1), 25),
        ("games", (slice(None), 1), 4),
        ("games", (0, 2), np.inf),  # komi
        ("games", (0, 3), -1),  # opening
        ("games", (0, 3), 6),
        ("games", (0, 4), 4),  # length
        ("games", (slice(None), 4), (-1, 10)),
        ("games", (0, 4), 1e300),
        ("games", (0, 5), np.nan),  # score
        ("moves", 3, 10),
        ("moves", 3, -1),
        ("policies", (2, 3), np.nan),
        ("policies", (2, 3), -0.5),
        ("policies", (2, 3), np.inf),
        ("values", 1, np.nan),
    ],
)
def test_impossible_numbers(tmp_path: Path, name: str, place: Any, value: float) -> None:
    arrays = arrays_of(GAMES)
    arrays[name] = arrays[name].copy()
    arrays[name][place] = value
    path = tmp_path / "games.npz"
    save(path, arrays)
    refuse(path)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("games", np.zeros(7)),
        ("games", np.zeros((2, 6))),
        ("games", np.zeros((2, 7), np.float32)),
        ("moves", np.zeros(9, np.int64)),
        ("moves", np.zeros((9, 1), np.int16)),
        ("moves", np.zeros(8, np.int16)),
        ("policies", np.zeros((9, 17), np.float16)),
        ("policies", np.zeros((1, 10), np.float16)),
        ("policies", np.zeros(89, np.float16)),
        ("values", np.zeros(9)),
        ("values", np.zeros(10, np.float32)),
    ],
)
def test_impossible_shapes_and_types(tmp_path: Path, name: str, array: NDArray[Any]) -> None:
    path = tmp_path / "games.npz"
    save(path, {**arrays_of(GAMES), name: array})
    refuse(path)


def test_a_part_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "games.npz"
    for name in ("games", "moves", "policies", "values"):
        arrays = arrays_of(GAMES)
        del arrays[name]
        save(path, arrays)
        refuse(path)
