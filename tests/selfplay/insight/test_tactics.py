"""Tactics, proved truths and held-out losses: answers worked out by hand on diagrams."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import Evaluation
from go_engine import BLACK, WHITE, GameState, Rules, parse, vertex_to_move
from go_engine.solving import ExactValues
from selfplay import write_records
from selfplay.insight import (
    TACTICS,
    ExactAgreement,
    PlayedValue,
    exact_agreement,
    held_out_loss,
    make_probes,
    opening_truth,
    played_value,
    read_held_out,
)
from selfplay.insight.tactics import ladder_answers, life_answers, snapback_answers
from tests.selfplay.tiny import record_of


def position(diagram: str, to_play: int) -> GameState:
    stones = parse(diagram)
    return GameState.from_stones(Rules(len(stones)), stones, to_play)


def vertices(size: int, *names: str) -> list[int]:
    return sorted(vertex_to_move(name, size) for name in names)


# White's two stones at C6 and D6. After E6 they run D5, E5, E4, F4... along the ladder; after D5
# they are out at once (E6 has three more liberties).
LADDER = """
    . . . . . . . . .
    . . . . . . . . .
    . . X X . . . . .
    . X O O . . . . .
    . . X . . . . . .
    . . . . . . . . .
    . . . . . . {} . .
    . . . . . . . . .
    . . . . . . . . .
"""


@pytest.mark.parametrize(
    ("diagram", "to_play", "answers"),
    [
        (LADDER.format("."), BLACK, ["E6"]),
        (LADDER.format("X"), BLACK, ["E6"]),
        (LADDER.format("O"), BLACK, []),  # a breaker on the way
        (LADDER.format("."), WHITE, []),  # nobody to catch: Black's chains have liberties
        (LADDER.format(".").replace("O O .", "O O X"), BLACK, []),  # to be taken at once
        (LADDER.format(".").replace("O O", "O ."), BLACK, []),  # a single stone
    ],
)
def test_ladders(diagram: str, to_play: int, answers: list[str]) -> None:
    assert ladder_answers(position(diagram, to_play)) == vertices(9, *answers)


SNAPBACK = """
    . . X . .
    O O X . .
    X X . . .
    . . . . .
    . . . . .
"""


def test_snapbacks() -> None:
    # A5 is taken from B5, and A5 then takes the three stones A4, B4 and B5.
    assert snapback_answers(position(SNAPBACK, BLACK)) == vertices(5, "A5")
    assert snapback_answers(position(SNAPBACK, WHITE)) == []


ONE_EYE = """
    . X . . .
    X X X X .
    . . . . .
    . . . . .
    . . . . .
"""


def test_making_life() -> None:
    # D5 makes C5 the second eye; E4 closes off the three points from C5 to E5, each a liberty. E5
    # does neither: a stone there is not connected.
    assert life_answers(position(ONE_EYE, BLACK)) == vertices(5, "D5", "E4")
    assert life_answers(position(ONE_EYE, WHITE)) == []
    alive = position(ONE_EYE.replace(". X . . .", ". X . X ."), BLACK)
    assert life_answers(alive) == [], "what lives already gains nothing"


def test_made_tactics_are_labelled_by_the_definitions_and_the_same_every_time() -> None:
    probes = make_probes(Rules(5), (3.0, 25.0), 2, 7, TACTICS)
    assert [probe.kind for probe in probes] == [kind for kind in TACTICS for _ in range(2)]
    for probe in probes:
        state = probe.state()
        assert probe.rules.komi == state.black_score()
        assert list(probe.answers) == TACTICS[probe.kind](state) != []
        assert probe.num_legal == state.legal_mask().sum()
    assert make_probes(Rules(5), (3.0, 25.0), 2, 7, TACTICS) == probes


# ---------------------------------------------------------------- truths


class Constant:
    """A network that says the same of everything."""

    def __init__(self, value: float, score: float = 0.0, likes: int | None = None) -> None:
        self.value, self.score, self.likes = value, score, likes

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        count, points = len(planes), planes.shape[2] * planes.shape[3]
        logits = np.zeros((count, points + 1), np.float32)
        if self.likes is not None:
            logits[:, self.likes] = 3.0
        return Evaluation(
            logits,
            np.full(count, self.value, np.float32),
            np.full(count, self.score, np.float32),
            np.zeros((count, points), np.float32),
        )


def test_the_opening_of_5x5_is_asked_about_without_search() -> None:
    truth = opening_truth(Constant(0.75, 4.0, likes=12))  # the centre stays under all symmetries
    assert truth.centre_prior == pytest.approx(math.exp(3) / (math.exp(3) + 25), rel=1e-5)
    assert (truth.value, truth.score) == (0.75, 4.0)


def test_games_against_itself_beside_perfect_play() -> None:
    # Told by its network to pass and given one look, a search passes: nobody owns a point.
    idle = played_value(Constant(0.5, 0.0, likes=9), 3, 1)
    assert (idle.proved, idle.margins, idle.right) == (9, (0, 0, 0), 0)
    # 2x2 is so small that search alone plays it perfectly; but for the win alone, where that is
    # out of reach, one loss is as good as another.
    found = played_value(Constant(0.5, 0.0), 2, 400)
    assert (found.margins[0], found.margins[2]) == (1, 1)
    assert PlayedValue(400, 1, (1, -4, 1)).right == 2
    with pytest.raises(ValueError, match="nothing is proved of 7x7"):
        played_value(Constant(0.5), 7, 1)


def test_an_optimist_is_right_where_black_wins() -> None:
    stones = np.zeros((4, 2, 2), np.int8)
    stones[1, 0, 0] = stones[2, 1, 1] = WHITE
    stones[3, 0, 1] = BLACK
    values = ExactValues(stones, np.array([1, -4, -4, 4], np.int8))
    found = exact_agreement(Constant(1.0, 1.0), 2, lambda _: values)
    assert found == ExactAgreement(positions=4, right=2, chance=0.5, score_error=13 / 4)
    assert exact_agreement(Constant(0.0), 2, lambda _: values).right == 2


@pytest.mark.slow
def test_the_solver_s_values_are_asked_about() -> None:
    found = exact_agreement(Constant(1.0, 1.0), 2)
    assert found.positions == 57
    assert exact_agreement(Constant(0.0), 2).right == 57 - found.right


# ---------------------------------------------------------------- held-out games


def test_losses_of_a_network_that_knows_nothing() -> None:
    # 3x3, komi 0.5: Black's centre, then White's pass and Black's pass: Black has all nine points.
    # Legal moves: 9 points and the pass, 8 and the pass, 8 and the pass.
    record = record_of([4, 9, 9])
    assert record.black_score == 9
    found = held_out_loss(Constant(0.5), [record])
    assert found is not None
    assert found.positions == 3
    assert found.policy == pytest.approx((math.log(10) + 2 * math.log(9)) / 3, rel=1e-5)
    assert found.value == pytest.approx(math.log(2), rel=1e-5)
    assert found.score == pytest.approx(9.0)


def test_losses_take_the_side_of_the_player_to_move() -> None:
    record = record_of([4, 9, 9], opening=1)
    # Only White's pass (who loses by 9) and Black's pass (who wins by 9) carry a policy.
    found = held_out_loss(Constant(0.8, 3.0), [record])
    assert found is not None
    assert found.positions == 2
    assert found.value == pytest.approx(-(math.log(0.2) + math.log(0.8)) / 2, rel=1e-4)
    assert found.score == pytest.approx(((3 + 9) + (9 - 3)) / 2)


def test_games_on_other_boards_and_damaged_files_are_left_out(tmp_path: Path) -> None:
    write_records(tmp_path / "1.npz", [record_of([4, 9, 9])])
    write_records(tmp_path / "2.npz", [record_of([5, 16, 16], size=4)])
    write_records(tmp_path / "3.npz", [record_of([4, 9], finished=False)])
    (tmp_path / "4.npz").write_bytes(b"not a file of games")
    records, warnings = read_held_out(tmp_path, 3)
    assert [record.moves.tolist() for record in records] == [[4, 9, 9]]
    assert len(warnings) == 1
    assert "4.npz" in warnings[0]
    assert read_held_out(tmp_path / "nowhere", 3) == ([], [])
    assert held_out_loss(Constant(0.5), []) is None
