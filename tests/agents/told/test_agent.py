"""The told agent: what it plays, when it passes, what it says, and that it is no straw man."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from agents.arena import play_pairs
from agents.base import RESIGN, Agent, AgentError, Limits, MovePredictor
from agents.random import RandomAgent
from agents.spec import make_agent
from agents.told import ToldAgent
from agents.told.families import features_table
from go_engine import BLACK, WHITE, GameState, Rules, vertex_to_move
from tests.agents.told.positions import position, random_game, random_model

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def told() -> ToldAgent:
    return ToldAgent()


def choice(agent: ToldAgent, state: GameState, seed: int = 0) -> int:
    return agent.select_move(state, Limits(), np.random.default_rng(seed)).move


# ---------------------------------------------------------------- being an agent


def test_it_is_an_agent_and_a_predictor(told: ToldAgent) -> None:
    assert isinstance(told, Agent)
    assert isinstance(told, MovePredictor)
    told.new_game()
    told.close()
    told.close()


def test_it_has_its_name_in_the_grammar() -> None:
    agent = make_agent("told:temperature=0.5")
    assert isinstance(agent, ToldAgent)
    assert (agent.name, agent.temperature) == ("told:temperature=0.5", 0.5)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf")])
def test_bad_temperatures(temperature: float) -> None:
    with pytest.raises(ValueError, match="temperature must be 0 or more"):
        ToldAgent(temperature, model=random_model())


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="no told model here"):
        ToldAgent(weights=str(tmp_path / "nowhere"))


@pytest.mark.parametrize("size", [2, 3, 5, 9, 19])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_it_plays_whole_games_on_every_board(
    told: ToldAgent, size: int, temperature: float
) -> None:
    agent = ToldAgent(temperature) if temperature else told
    rng = np.random.default_rng(size)
    state = GameState(Rules(size))
    for _ in range(60 if size == 19 else 4 * size * size):
        if state.is_over:
            break
        before = state.history, state.stones().tolist()
        decision = agent.select_move(state, Limits(), rng)
        assert (state.history, state.stones().tolist()) == before
        assert decision.move != RESIGN
        state.play(decision.move)  # raises if it is illegal
    assert state.is_over or size == 19


def test_a_game_that_is_over_has_no_move(told: ToldAgent) -> None:
    state = position("..... ..... ..... ..... .....", moves="pass pass")
    with pytest.raises(ValueError, match="game is over"):
        choice(told, state)
    with pytest.raises(ValueError, match="game is over"):
        told.move_probabilities(state)


# ---------------------------------------------------------------- choosing


def test_temperature_zero_takes_the_likeliest(told: ToldAgent) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        state = random_game(rng, 9, int(rng.integers(2, 30)))
        probabilities = told.move_probabilities(state)
        assert probabilities[choice(told, state)] == probabilities[:-1].max()


def test_temperature_one_draws_from_the_probabilities() -> None:
    state = random_game(np.random.default_rng(3), 5, 6)
    agent = ToldAgent(1.0)
    probabilities = agent.move_probabilities(state)
    rng = np.random.default_rng(0)
    moves = [agent.select_move(state, Limits(), rng).move for _ in range(3000)]
    counts = np.bincount(moves, minlength=26) / 3000
    likely = np.flatnonzero(probabilities[:-1] > 0.02)
    assert likely.size >= 2
    np.testing.assert_allclose(counts[likely], probabilities[likely], atol=0.04)


def test_the_same_seed_gives_the_same_game(told: ToldAgent) -> None:
    results = [
        play_pairs(ToldAgent(0.7), RandomAgent(), Rules(5), 2, seed=4).records for _ in range(2)
    ]
    assert [r.moves for r in results[0]] == [r.moves for r in results[1]]


def test_it_captures_what_is_there_to_capture(told: ToldAgent) -> None:
    state = position("..... .XXX. XOOO. .XXXO .....", BLACK, komi=0.0)
    assert choice(told, state) == vertex_to_move("E3", 5)


# ---------------------------------------------------------------- passing

SETTLED = "XXX.X XXXX. XXXXX OOOOO O.O.O"


@pytest.mark.parametrize(
    ("name", "diagram", "to_play", "moves", "komi", "passes"),
    [
        # Black has 15 points, White 10; both have two eyes, nothing is left to play.
        ("settled, opponent passed, wins", SETTLED, WHITE, "pass", 0.0, True),
        ("settled, to move", SETTLED, BLACK, "", 0.0, True),
        ("settled, loses all the same", SETTLED, BLACK, "", 7.0, True),
        # White's stone at C1 is dead as it stands, but the count takes it for alive.
        ("a dead stone still on the board", "XXXXX X.X.X XXXXX ..... ..O..", BLACK, "", 0.0, False),
        (
            "... after a pass that would win",
            "XXXXX X.X.X XXXXX ..... ..O..",
            WHITE,
            "pass",
            0.0,
            False,
        ),
        # One black stone owns the whole board; White loses by it but the game has just begun.
        ("first move", "......... " * 9, BLACK, "E5", 7.0, False),
    ],
)
def test_when_it_passes(
    told: ToldAgent, name: str, diagram: str, to_play: int, moves: str, komi: float, passes: bool
) -> None:
    state = position(diagram, to_play, moves, komi)
    decision = told.select_move(state, Limits(), np.random.default_rng(0))
    assert (decision.move == state.rules.pass_move) == passes


def test_it_ends_a_won_game_and_says_so(told: ToldAgent) -> None:
    state = position(SETTLED, WHITE, "pass", komi=0.0)
    decision = told.select_move(state, Limits(), np.random.default_rng(0))
    assert decision.move == 25
    assert decision.reasons[0] == "passing ends the game, and the count wins it"


# ---------------------------------------------------------------- reasons


def test_reasons_are_the_features_that_speak_for_the_move(told: ToldAgent) -> None:
    empty = "......... "
    state = position(2 * empty + "..XXX.... .XOOO.... ..XXX.... " + 3 * empty + "..O...O..")
    decision = told.select_move(state, Limits(), np.random.default_rng(0))
    assert decision.move == vertex_to_move("F6", 9)
    assert any(reason.startswith("captures three or more stones") for reason in decision.reasons)
    strengths = [float(reason.rsplit(" ", 1)[1]) for reason in decision.reasons]
    assert strengths == sorted(strengths, reverse=True)
    assert all(strength > 0 for strength in strengths)
    assert all(re.fullmatch(r".+ \+\d+\.\d", reason) for reason in decision.reasons)
    assert decision.pv == (decision.move,)
    assert next(iter(decision.visits)) == decision.move


def test_reasons_for_any_move(told: ToldAgent) -> None:
    state = position(".X... XX... ..... ..O.. .....", BLACK)
    said = told.reasons_for(state, vertex_to_move("A5", 5))
    assert any(re.fullmatch(r"fills its own eye -\d\.\d", reason) for reason in said)
    with pytest.raises(ValueError, match="not a legal move"):
        told.reasons_for(state, vertex_to_move("B5", 5))


# ---------------------------------------------------------------- strength


@pytest.mark.parametrize(("size", "komi"), [(5, 0.0), (5, 24.0), (9, 7.0)])
def test_it_beats_random(told: ToldAgent, size: int, komi: float) -> None:
    result = play_pairs(told, RandomAgent(), Rules(size, komi), 10, seed=1)
    assert result.wins >= 18
    assert {record.ending for record in result.records} == {"passes"}


def test_shipped_model_likes_the_center_of_the_small_board(told: ToldAgent) -> None:
    probabilities = told.move_probabilities(GameState(Rules(5, komi=24.0)))
    assert int(probabilities.argmax()) == 12


# ---------------------------------------------------------------- documentation


def test_the_documented_table_is_the_code_s() -> None:
    text = (ROOT / "docs" / "told.md").read_text(encoding="utf-8")
    assert features_table() in text, "print it anew: python -m agents.told.features"
