"""Around the told player's training: what was cut off, ablation, made games, taught, practised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agents.base import Limits, MovePredictor
from agents.gtp.gnugo import find_gnugo
from agents.random import RandomAgent
from agents.told import FAMILIES, MoveModel, ToldAgent
from agents.told.features import NUM_HAND
from agents.told.model import FeatureReader
from go_engine import GameState, Rules, vertex_to_move
from go_engine.sgf import SgfGame, read_collection, read_sgf, write_sgf
from selfplay.supervised import (
    MakeConfig,
    Practice,
    PracticeConfig,
    TeachConfig,
    Teacher,
    TrainConfig,
    ablate,
    ablation_table,
    make_games,
    making,
    prepare,
    read_games,
    teach_from_files,
    train_from_files,
)
from selfplay.supervised.practice import search_targets
from selfplay.supervised.taught import as_record

QUICK = TrainConfig(epochs=3, batch_size=32, min_seen=20, min_played=3)


def random_game(rng: np.random.Generator, moves: int = 40) -> GameState:
    state, agent = GameState(Rules(5)), RandomAgent()
    while not state.is_over and state.move_count < moves:
        state.play(agent.select_move(state, Limits(), rng).move)
    return state


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """A folder with twelve games in two files."""
    rng = np.random.default_rng(7)
    folder = tmp_path / "games"
    folder.mkdir()
    for name in ("a.sgf", "b.sgf"):
        text = "\n".join(write_sgf(random_game(rng), result="B+1") for _ in range(6))
        (folder / name).write_text(text)
    return folder


# ---------------------------------------------------------------- work that was cut off


def test_a_folder_stands_for_its_games(collection: Path, tmp_path: Path) -> None:
    assert len(read_games([collection])) == 12
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="xz file in"):
        read_games([tmp_path / "empty"])


def test_what_was_read_is_not_read_again(
    collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare([collection], QUICK, tmp_path / "read")
    fresh = prepare([collection], QUICK)

    def fails(*_: object) -> None:
        raise AssertionError("features are read again")

    monkeypatch.setattr(FeatureReader, "read", fails)
    again = prepare([collection], QUICK, tmp_path / "read")
    for data in (again, fresh):
        for one, other in zip(first.train.arrays(), data.train.arrays(), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(first.tables.codes, data.tables.codes)
    with pytest.raises(AssertionError, match="again"):
        prepare([collection], TrainConfig(seed=2), tmp_path / "read")


def test_a_damaged_piece_is_read_again(collection: Path, tmp_path: Path) -> None:
    first = prepare([collection], QUICK, tmp_path / "read")
    path = tmp_path / "read" / "train" / "piece-0-codes.npy"
    path.write_bytes(path.read_bytes()[:-100])
    again = prepare([collection], QUICK, tmp_path / "read")
    np.testing.assert_array_equal(first.train.patterns, again.train.patterns)


def test_a_fit_that_was_cut_off_ends_as_if_it_had_not_been(
    collection: Path, tmp_path: Path
) -> None:
    class Killed(Exception):
        pass

    def kill(what: str, done: int, total: int) -> None:
        if what == "fitting" and done > 0.8 * total:
            raise Killed

    whole = train_from_files([collection], QUICK)
    with pytest.raises(Killed):
        train_from_files([collection], QUICK, kill, folder=tmp_path / "unfinished")
    told: list[int] = []
    resumed = train_from_files(
        [collection], QUICK, lambda w, d, _: told.append(d if w == "fitting" else 0),
        folder=tmp_path / "unfinished",
    )  # fmt: skip
    assert min(d for d in told if d) > 2 * max(told) / 3, "two of three epochs were kept"
    np.testing.assert_allclose(
        resumed.trained.model.weights, whole.trained.model.weights, atol=1e-6
    )
    assert [e.epoch for e in resumed.trained.epochs] == [1, 2, 3]


# ---------------------------------------------------------------- ablation


def test_ablation_trains_without_and_goes_on(collection: Path, tmp_path: Path) -> None:
    data = prepare([collection], QUICK)
    models: dict[str, MoveModel] = {}
    names = ["nothing", "place", "all patterns"]
    first = ablate(data, QUICK, names[:2], tmp_path, keep=models.__setitem__)
    assert set(models) == {"nothing", "place"}
    results = ablate(data, QUICK, names, tmp_path, keep=models.__setitem__)
    assert results[:2] == first
    assert [result.without for result in results] == names
    model = models["all patterns"]
    assert (model.weights[model.offsets[NUM_HAND] :] == 0.0).all()
    column = [family.name for family in FAMILIES].index("place")
    without = models["place"]
    begin, end = without.offsets[column], without.offsets[column + 1]
    assert (without.weights[begin:end] == 0.0).all()
    assert (models["nothing"].weights[begin:end] != 0.0).any()
    table = ablation_table(results)
    assert table.count("\n") == 4
    assert "| nothing |" in table
    assert "+0.0000 |" in table
    with pytest.raises(ValueError, match="no such family"):
        ablate(data, QUICK, ["colour"], tmp_path)


# ---------------------------------------------------------------- made games


def fake_gnugo(level: int, program: str | None) -> RandomAgent:
    return RandomAgent()


def test_made_games_are_the_same_wherever_they_were_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "gnugo_agent", fake_gnugo)
    config = MakeConfig(games=5, board_size=5, opening=(0, 4), levels=(1, 3), seed=9)
    whole, parts = tmp_path / "whole.sgf", tmp_path / "parts.sgf"
    assert make_games(config, whole) == 5
    make_games(MakeConfig(games=2, board_size=5, opening=(0, 4), levels=(1, 3), seed=9), parts)
    parts.write_bytes(parts.read_bytes() + whole.read_bytes().splitlines()[2][:50])
    assert make_games(config, parts) == 3
    assert parts.read_bytes() == whole.read_bytes()
    assert make_games(config, parts) == 0
    side_by_side = MakeConfig(
        games=5, board_size=5, opening=(0, 4), levels=(1, 3), seed=9, at_once=3
    )
    make_games(side_by_side, tmp_path / "many.sgf")
    assert (tmp_path / "many.sgf").read_bytes() == whole.read_bytes()
    games = list(read_collection(whole))
    assert len(games) == 5
    assert {int(abs(game.stones).sum()) for game in games} - {0}, "some openings are set-up stones"
    assert all(game.black.startswith("GNU Go level ") for game in games)
    with pytest.raises(ValueError, match="other games"):
        make_games(MakeConfig(games=6, board_size=5, opening=(0, 4), levels=(1, 3)), parts)


@pytest.mark.parametrize(
    "wrong", [{"games": 0}, {"levels": (3, 2)}, {"levels": (0, 2)}, {"opening": (2, 1)}]
)
def test_make_settings_out_of_range(wrong: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="must be"):
        MakeConfig(**wrong)  # type: ignore[arg-type]


@pytest.mark.skipif(find_gnugo() is None, reason="GNU Go is not installed")
def test_gnugo_makes_a_game(tmp_path: Path) -> None:
    path = tmp_path / "made.sgf"
    config = MakeConfig(games=1, board_size=5, levels=(1, 1), opening=(2, 2))
    make_games(config, path)
    (game,) = read_collection(path)
    assert int(abs(game.stones).sum()) == 2
    assert len(game.moves) > 3
    assert game.end().is_over or game.result in ("B+R", "W+R")
    assert game.winner is not None
    again = tmp_path / "again.sgf"
    make_games(config, again)
    assert again.read_bytes() == path.read_bytes()


# ---------------------------------------------------------------- taught


def test_set_up_stones_become_moves_nothing_is_learned_from() -> None:
    game = read_sgf("(;GM[1]FF[4]SZ[5]KM[7]RE[W+R]AB[aa][cc][dd]AW[bb]PL[W];W[ee];B[ea])")
    record = as_record(game, 0)
    assert record is not None
    end = record.replayed()
    np.testing.assert_array_equal(end.stones(), game.end().stones())
    assert record.targets == 2
    assert end.to_play == game.end().to_play
    assert record.black_score == -1
    nobody = as_record(read_sgf("(;GM[1]FF[4]SZ[5];B[aa])"), 0)
    assert nobody is None


def sgf_games(count: int, winner: Callable[[int], str]) -> list[SgfGame]:
    rng = np.random.default_rng(0)
    return [read_sgf(write_sgf(random_game(rng), result=winner(i))) for i in range(count)]


def test_teaching_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    games = sgf_games(6, lambda i: "B+3" if i % 2 else "W+R")
    config = TeachConfig(board_size=5, epochs=1.5, batch_size=32)
    whole = Teacher(games, config)
    while not whole.is_done:
        whole._step()
    first = Teacher(games, config)
    for _ in range(3):
        first._step()
    first.save(tmp_path)
    second = Teacher(games, config)
    assert second.load(tmp_path)
    assert second.learner.steps == 3
    second.run(tmp_path)
    for name, value in whole.learner.net.state_dict().items():
        np.testing.assert_allclose(second.learner.net.state_dict()[name], value, atol=1e-5)
    assert not Teacher(games, TeachConfig(board_size=5, seed=2)).load(tmp_path)
    with pytest.raises(ValueError, match="says who won"):
        Teacher(games, TeachConfig(board_size=9))


def test_teach_writes_a_net_that_learned(collection: Path, tmp_path: Path) -> None:
    config = TeachConfig(board_size=5, epochs=12.0, batch_size=64, learning_rate=3e-3)
    card = teach_from_files([collection], config, tmp_path, source="random play")
    assert card["labels"] == "random play"
    assert 0 < card["held_out"]["log_loss"] < np.log(26)
    assert (tmp_path / "card.md").read_text().startswith("# Taught player")
    assert (tmp_path / "net.safetensors").stat().st_size > 10_000


# ---------------------------------------------------------------- practised


def test_search_targets_find_the_capture_that_wins() -> None:
    # White's row of five has one liberty, E2. If Black takes it the whole board is his.
    stones = np.zeros((5, 5), np.int8)
    stones[1] = stones[3, :4] = 1
    stones[2] = -1
    state = GameState.from_stones(Rules(5, komi=15.0), stones, 1)
    moves = state.legal_moves()
    config = PracticeConfig(board_size=5, candidates=16, playouts=640)
    nothing = np.zeros(moves.size)
    target, chosen = search_targets(state, moves, nothing, config, np.random.default_rng(0))
    assert target.sum() == pytest.approx(1.0, abs=1e-5)
    assert moves[target.argmax()] == vertex_to_move("E2", 5)
    assert 0 <= chosen < moves.size


def test_practice_learns_and_repeats() -> None:
    config = PracticeConfig(
        games=12, board_size=5, at_once=6, patterns_after=6, min_seen=5, playouts=32, candidates=4,
        max_moves=30,
    )  # fmt: skip
    runs = [Practice(config) for _ in range(2)]
    for run in runs:
        run.step()
        run.step()
    assert runs[0].games == 12
    assert runs[0].model.tables.codes.size > 0
    np.testing.assert_array_equal(runs[0].model.weights, runs[1].model.weights)
    agent = ToldAgent(model=runs[0].model)
    assert isinstance(agent, MovePredictor)
    resumed = Practice(config, runs[0].model, games=12)
    assert resumed.games == 12
