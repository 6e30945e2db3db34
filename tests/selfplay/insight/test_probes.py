"""Probes: their labels against diagrams, and against the slow reference rules."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import MovePredictor
from go_engine import BLACK, WHITE, GameState, Rules, parse, vertex_to_move
from selfplay.insight import Probe, make_probes, solve_probes
from selfplay.insight.probes import MIN_CHOICES, capture_answers, escape_answers
from tests.reference import ReferenceGame, chain_and_liberties

RANGE = (3.0, 25.0)


def position(diagram: str, to_play: int) -> GameState:
    stones = parse(diagram)
    return GameState.from_stones(Rules(len(stones)), stones, to_play)


def vertices(*names: str) -> list[int]:
    return sorted(vertex_to_move(name, 5) for name in names)


CAPTURES = {
    "three stones with one liberty": (
        """
        . . . . .
        X X X . .
        O O O . .
        X X X . .
        . . . . .
        """,
        BLACK,
        ["D3"],
    ),
    "two stones are too few": (
        """
        . . . . .
        X X . . .
        O O . . .
        X X . . .
        . . . . .
        """,
        BLACK,
        [],
    ),
    "two chains of two, taken by one move": (
        """
        O O . O O
        X X . X X
        . . . . .
        . . . . .
        . . . . .
        """,
        BLACK,
        ["C5"],
    ),
    "not in atari": (
        """
        . . . . .
        X X X . .
        O O O . .
        . X X . .
        . . . . .
        """,
        BLACK,
        [],
    ),
    "one's own stones are not taken": (
        """
        . . . . .
        X X X . .
        O O O . .
        X X X . .
        . . . . .
        """,
        WHITE,
        [],
    ),
    "the last liberty lies inside": (
        """
        . . . . .
        X X X X .
        X O O X .
        X O . X .
        X O O X .
        """,
        BLACK,
        ["C2"],
    ),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_captures(name: str) -> None:
    diagram, to_play, answers = CAPTURES[name]
    assert capture_answers(position(diagram, to_play)) == vertices(*answers)


# In each diagram A3 to C3 are the chain in question.
ESCAPES = {
    "running into the open": (
        """
        . . . . .
        O O O . .
        X X X . .
        O O O . .
        . . . . .
        """,
        BLACK,
        ["D3"],  # then D4, E3 and D2
    ),
    "the same for White": (
        """
        . . . . .
        X X X . .
        O O O . .
        X X X . .
        . . . . .
        """,
        WHITE,
        ["D3"],
    ),
    "running gains two liberties only": (
        """
        . . . . .
        O O O O .
        X X X . .
        O O O . .
        . . . . .
        """,
        BLACK,
        [],  # E3 and D2
    ),
    "taking the attackers": (
        """
        . X X . .
        O O O X .
        X X X . O
        O O O O .
        . . . . .
        """,
        BLACK,
        ["A5"],  # then A4, B4, C4 and D3; running to D3 gives D5 and E4 only
    ),
    "connecting to friends": (
        """
        . . . . .
        O O O . .
        X X X . X
        O O O O X
        . . . . .
        """,
        BLACK,
        ["D3"],  # then D4, E4 and E1
    ),
    "not in atari": (
        """
        . . . . .
        O O O . .
        X X X . .
        . O O . .
        . . . . .
        """,
        BLACK,
        [],
    ),
    "two stones are too few": (
        """
        . . . . .
        O O . . .
        X X . . .
        O O . . .
        . . . . .
        """,
        BLACK,
        [],
    ),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_escapes(name: str) -> None:
    diagram, to_play, answers = ESCAPES[name]
    assert escape_answers(position(diagram, to_play)) == vertices(*answers)


def test_after_a_pass_there_is_no_threat_to_escape_from() -> None:
    state = position(ESCAPES["running into the open"][0], WHITE)
    state.play(state.rules.pass_move)
    assert escape_answers(state) == []


@pytest.mark.parametrize("size", [5, 9])
def test_made_probes_are_what_the_slow_rules_say(size: int) -> None:
    low, high = (3.0, 25.0) if size == 5 else (-10.0, 24.0)
    probes = make_probes(Rules(size), (low, high), 6, seed=5)
    assert [probe.kind for probe in probes] == ["capture"] * 6 + ["escape"] * 6
    for probe in probes:
        game = ReferenceGame(size)
        for move in probe.moves:
            game.play(move)
        legal = [move for move, is_legal in enumerate(game.legal_mask()) if is_legal]
        assert len(legal) == probe.num_legal >= MIN_CHOICES
        assert probe.rules.komi == game.black_score()
        assert low <= probe.rules.komi <= high
        points = [move for move in legal if move < size * size]
        judge = takes_three if probe.kind == "capture" else saves_three
        assert list(probe.answers) == [move for move in points if judge(game, move)]


def takes_three(game: ReferenceGame, move: int) -> bool:
    return len(game.after(move)[1]) >= 3


def saves_three(game: ReferenceGame, move: int) -> bool:
    before, after = game.position, game.after(move)[0]
    for point, color in enumerate(before):
        if color != game.to_play:
            continue
        chain, liberties = chain_and_liberties(before, game.size, point)
        if len(chain) < 3 or len(liberties) > 1 or after[point] != color:
            continue
        if len(chain_and_liberties(after, game.size, point)[1]) >= 3:
            return True
    return False


def test_probes_are_distinct_and_the_same_every_time() -> None:
    probes = make_probes(Rules(5), RANGE, 5, seed=2)
    assert probes == make_probes(Rules(5), RANGE, 5, seed=2)
    assert probes != make_probes(Rules(5), RANGE, 5, seed=3)
    for kind in ("capture", "escape"):
        stones = [probe.state().stones().tobytes() for probe in probes if probe.kind == kind]
        assert len(set(stones)) == 5


def test_a_board_too_small_has_no_probes() -> None:
    assert make_probes(Rules(2), (-4.0, 4.0), 1, seed=0) == []


class Fixed(MovePredictor):
    """Puts `share` of its probability on the answers, evenly, and the rest on the other moves."""

    def __init__(self, probes: list[Probe], share: float) -> None:
        self.answers = {probe.moves: list(probe.answers) for probe in probes}
        self.share = share

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        legal = state.legal_mask()
        answers = np.zeros_like(legal)
        answers[self.answers[state.history]] = True
        rest = legal & ~answers
        mixed = self.share * answers / answers.sum() + (1 - self.share) * rest / rest.sum()
        return np.asarray(mixed, np.float64)


@pytest.mark.parametrize(("share", "solved"), [(1.0, 1.0), (0.9, 1.0), (0.0, 0.0)])
def test_solving_is_counted_by_the_likeliest_move(share: float, solved: float) -> None:
    probes = [p for p in make_probes(Rules(5), RANGE, 5, seed=2) if p.kind == "capture"]
    result = solve_probes(Fixed(probes, share), probes)
    assert result["capture"].probes == 5
    assert result["capture"].share == solved
    assert result["capture"].probability == pytest.approx(share)
    assert result["escape"].probes == 0
    assert result["escape"].share == 0.0


def test_a_blind_player_solves_what_chance_allows() -> None:
    class Blind(MovePredictor):
        def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
            legal = state.legal_mask()
            return np.asarray(legal / legal.sum(), np.float64)

    one = make_probes(Rules(5), RANGE, 1, seed=2)[0]
    probe = dataclasses.replace(one, answers=one.answers[:1])
    result = solve_probes(Blind(), [probe])["capture"]
    assert result.chance == pytest.approx(1 / probe.num_legal)
    assert result.solved == pytest.approx(result.chance, abs=1e-6)  # ties count by share
    assert result.probability == pytest.approx(result.chance)
