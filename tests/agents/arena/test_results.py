"""The file of games: what was written is read back, damage is seen, a torn tail is dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.arena import GameRecord, GameSetup, ResultsFile, play_game
from agents.files import FolderInUseError, FolderLock, write_atomically
from go_engine.rules import Rules
from tests.agents.arena.scripted import make


def some_records(count: int) -> list[GameRecord]:
    agents = make("random"), make("random too")
    return [
        play_game(GameSetup(f"g{i}", "p", "random", "random too", Rules(2), seed=(i,)), *agents)
        for i in range(count)
    ]


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, list[GameRecord]]:
    """A file of four games."""
    path = tmp_path / "results.jsonl"
    records = some_records(4)
    results = ResultsFile(path)
    for record in records:
        results.append(record)
    results.close()
    return path, records


def reread(path: Path) -> tuple[list[GameRecord], list[str]]:
    results = ResultsFile(path)
    results.close()
    return results.records, results.notes


def test_round_trip(written: tuple[Path, list[GameRecord]]) -> None:
    path, records = written
    assert reread(path) == (records, [])


def test_every_line_is_json_that_others_can_read(written: tuple[Path, list[GameRecord]]) -> None:
    path, records = written
    for line, record in zip(path.read_text().splitlines(), records, strict=True):
        assert json.loads(line)["record"]["game_id"] == record.game_id


def test_cut_at_every_byte(written: tuple[Path, list[GameRecord]]) -> None:
    path, records = written
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for size in range(start, len(whole)):
        path.write_bytes(whole[:size])
        found, notes = reread(path)
        assert found == records[:3]
        assert path.read_bytes() == whole[:start]
        assert len(notes) == (size > start)
    results = ResultsFile(path)
    results.append(records[3])
    results.close()
    assert path.read_bytes() == whole


def test_any_flipped_bit_is_seen(written: tuple[Path, list[GameRecord]]) -> None:
    path, records = written
    whole = path.read_bytes()
    first, second = (len(line) for line in whole.split(b"\n")[:2])
    for place in range(first + 1, first + 1 + second):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        found, notes = reread(path)
        assert found == [records[0], *records[2:]]
        assert notes
        assert all("left out" in note for note in notes)
        assert path.read_bytes() == damaged  # only a torn end is ever cut off


def test_a_game_written_twice_is_read_once(written: tuple[Path, list[GameRecord]]) -> None:
    path, records = written
    with path.open("ab") as file:
        file.write(path.read_bytes().splitlines(keepends=True)[1])
    assert reread(path) == (records, [])


@pytest.mark.parametrize("junk", [b"\n\n\n", b"{}\n", b"\x00" * 4096, b'{"crc32":"', b"[]\nhello"])
def test_junk_at_the_end(written: tuple[Path, list[GameRecord]], junk: bytes) -> None:
    path, records = written
    whole = path.read_bytes()
    path.write_bytes(whole + junk)
    found, notes = reread(path)
    assert found == records
    assert notes == [f"{path}: a torn end of {len(junk)} bytes was dropped"]
    assert path.read_bytes() == whole


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(FolderInUseError, match=r"in use by .*process \d+"):
        FolderLock(tmp_path)
    FolderLock(tmp_path).release()


def test_write_text_replaces_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_atomically(path, b"old", durable=False)
    write_atomically(path, b"new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
