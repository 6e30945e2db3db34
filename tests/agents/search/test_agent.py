"""The zero agent: its moves, its raw policy, its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import Agent, AgentError, BatchAgent, Evaluation, Limits, MovePredictor
from agents.net import NetConfig, PolicyValueNet, has_openvino, load_net, save_net
from agents.net.quantize import bound_names
from agents.search import (
    KeepingZeroAgent,
    SearchConfig,
    ZeroAgent,
    average_evaluation,
    find_weights,
)
from agents.search import agent as agent_module
from agents.search.single import SearchResult
from agents.spec import make_agent
from go_engine import GameState, Rules, symmetry_moves
from tests.agents.search.test_tree import random_game
from tests.agents.search.trees import FunctionEvaluator, hash_evaluator

TINY = NetConfig(blocks=1, channels=4, pool_every=1, head_channels=2, value_hidden=4)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_it_is_an_agent_and_a_move_predictor() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=8)
    assert isinstance(agent, Agent)
    assert isinstance(agent, MovePredictor)
    assert agent.name == "zero:simulations=8"
    assert ZeroAgent("5x5", evaluator=hash_evaluator(), simulations=8).name != agent.name
    assert ZeroAgent(evaluator=hash_evaluator(), name="bot").name == "bot"


@pytest.mark.parametrize(("size", "plies"), [(2, 3), (5, 0), (5, 9), (9, 20)])
def test_its_decisions(size: int, plies: int) -> None:
    state = random_game(Rules(size, 7.0), plies, plies)
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=12)
    decision = agent.select_move(state, Limits(), rng())
    assert state.is_legal(decision.move)
    assert sum(decision.visits.values()) == 12
    assert list(decision.visits.values()) == sorted(decision.visits.values(), reverse=True)
    assert all(state.is_legal(move) for move in decision.visits)
    assert decision.value is not None
    assert 0 <= decision.value <= 1
    assert decision.reasons
    line = state.copy()
    for move in decision.pv:
        line.play(move)
    assert decision.pv[0] == decision.move


def test_in_matches_chance_plays_no_part() -> None:
    state = random_game(Rules(5, 7.0), 4, 1)
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=16)
    moves = {agent.select_move(state, Limits(), np.random.default_rng(s)).move for s in range(5)}
    assert len(moves) == 1
    noisy = ZeroAgent(
        evaluator=hash_evaluator(), simulations=2, search=SearchConfig(gumbel_scale=9.0)
    )
    moves = {noisy.select_move(state, Limits(), np.random.default_rng(s)).move for s in range(12)}
    assert len(moves) > 3


def test_limits() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=400)
    state = GameState(Rules(5))
    assert sum(agent.select_move(state, Limits(simulations=7), rng()).visits.values()) == 7
    assert sum(agent.select_move(state, Limits(seconds=0.0), rng()).visits.values()) == 1
    with pytest.raises(AgentError, match="simulations must be 1 or more, not 0"):
        ZeroAgent(simulations=0)


def test_closing_twice() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator())
    agent.new_game()
    agent.close()
    agent.close()


# ---------------------------------------------------------------- the raw network


def test_the_raw_policy() -> None:
    state = random_game(Rules(5, 7.0), 11, 2)
    policy = ZeroAgent(evaluator=hash_evaluator()).move_probabilities(state)
    assert policy.dtype == np.float64
    assert policy.sum() == pytest.approx(1)
    assert ((policy > 0) == state.legal_mask()).all()


@pytest.mark.parametrize("symmetry", [1, 4, 6])
def test_the_average_does_not_depend_on_how_the_board_lies(symmetry: int) -> None:
    moved = symmetry_moves(5)[symmetry]
    moves = [7, 11, 13, 22, 6]
    plain = average_evaluation(hash_evaluator(), GameState.from_moves(Rules(5), moves))
    turned = average_evaluation(
        hash_evaluator(), GameState.from_moves(Rules(5), [int(moved[m]) for m in moves])
    )
    np.testing.assert_allclose(turned[0][moved], plain[0], rtol=1e-5)
    assert turned[1:3] == pytest.approx(plain[1:3], rel=1e-5)
    np.testing.assert_allclose(turned[3][moved[:-1]], plain[3], atol=1e-6)


class _Echo:
    """Says that the mover owns what his stones stand on, and the opponent likewise."""

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        count = len(planes)
        stones = (planes[:, 2] - planes[:, 6]).reshape(count, -1)
        value = np.linspace(0, 1, count, dtype=np.float32)
        logits = np.concatenate([10 * stones, np.zeros((count, 1), np.float32)], axis=1)
        return Evaluation(logits, value, 10 * value, stones)


def test_answers_are_turned_back() -> None:
    state = random_game(Rules(5, 7.0), 12, 3)
    policy, value, score, ownership = average_evaluation(_Echo(), state)
    assert (ownership == state.stones().ravel() * state.to_play).all()
    assert value == pytest.approx(0.5)
    assert score == pytest.approx(5)
    # Logits 10 and -10 lie on stones, where nobody may play; all legal moves are left with 0.
    legal = state.legal_mask()
    np.testing.assert_allclose(policy[legal], 1 / legal.sum())


# ---------------------------------------------------------------- weights


def save_tiny(path: Path) -> Path:
    save_net(PolicyValueNet(TINY).eval(), path)
    return path


def test_weights_by_path(tmp_path: Path) -> None:
    path = save_tiny(tmp_path / "mine.safetensors")
    assert find_weights(path, 9) == path
    agent = ZeroAgent(path, simulations=2)
    assert str(path) in agent.name
    assert agent.select_move(GameState(Rules(3)), Limits(), rng()).move in range(10)


def test_default_weights_suit_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {name: save_tiny(tmp_path / f"{name}.safetensors") for name in ("5x5", "9x9")}
    monkeypatch.setattr(agent_module, "shipped_weights", lambda: shipped)
    assert [find_weights(None, size) for size in (2, 6)] == [shipped["5x5"]] * 2
    assert [find_weights(None, size) for size in (7, 9, 19)] == [shipped["9x9"]] * 3
    assert find_weights("5x5", 19) == shipped["5x5"]
    agent = ZeroAgent(simulations=1)
    assert agent.select_move(GameState(Rules(5)), Limits(), rng()).visits


def test_no_such_weights(tmp_path: Path) -> None:
    for name in ("nothing", tmp_path / "missing.safetensors", tmp_path):
        with pytest.raises(AgentError, match="no weights") as caught:
            ZeroAgent(name)
        assert "\n" not in str(caught.value)


def test_a_network_that_knows_nothing_plays_whole_games() -> None:
    """Two passes can come early, but never an illegal move, and every game ends."""

    def answer(planes: NDArray[np.float32]) -> tuple[NDArray[np.float64], float, float]:
        return np.zeros(planes.shape[1] ** 2 + 1), 0.5, 0.0

    agent = ZeroAgent(evaluator=FunctionEvaluator(answer), simulations=4)
    state = GameState(Rules(3, 0.5))
    while not state.is_over and state.move_count < 200:
        state.play(agent.select_move(state, Limits(), rng()).move)
    assert state.is_over


# ---------------------------------------------------------------- options


def test_options_of_the_search_are_in_the_name() -> None:
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=8, root="puct", leaf_batch=4)
    assert agent.name == "zero:simulations=8,root=puct,leaf_batch=4"
    assert (agent.search.root, agent.search.leaf_batch, agent.search.gumbel_scale) == ("puct", 4, 0)
    decision = agent.select_move(GameState(Rules(5)), Limits(), rng())
    assert sum(decision.visits.values()) == 8
    with pytest.raises(ValueError, match="root must be gumbel or puct, not 'uct'"):
        ZeroAgent(evaluator=hash_evaluator(), root="uct")


def test_positions_are_remembered_between_moves() -> None:
    state = random_game(Rules(5, 7.0), 4, 1)
    for cache, asked in ((100, 0), (0, 9)):
        inner = hash_evaluator()
        agent = ZeroAgent(evaluator=inner, simulations=8, cache=cache)
        first = agent.select_move(state, Limits(), rng())
        before = len(inner.asked)
        assert agent.select_move(state, Limits(), rng()) == first
        assert len(inner.asked) - before == asked


def test_an_agent_that_keeps_its_tree() -> None:
    """It knows more at the second move, and nothing of another game."""
    agent = KeepingZeroAgent(ZeroAgent(evaluator=hash_evaluator(), simulations=30))
    plain = ZeroAgent(evaluator=hash_evaluator(), simulations=30)
    assert agent.name == "zero:simulations=30,reuse=yes"
    assert isinstance(agent, Agent)
    assert isinstance(agent, MovePredictor)
    assert isinstance(plain, BatchAgent)
    assert not isinstance(agent, BatchAgent)
    start = random_game(Rules(5, 7.0), 4, 1)
    agent.new_game()
    first = agent.select_move(start, Limits(), rng())
    assert first == plain.select_move(start, Limits(), rng())
    later = GameState.from_moves(start.rules, (*start.history, *first.pv[:2]))
    assert sum(agent.select_move(later, Limits(), rng()).visits.values()) > 30
    agent.new_game()
    assert agent.select_move(later, Limits(), rng()) == plain.select_move(later, Limits(), rng())
    np.testing.assert_array_equal(agent.move_probabilities(later), plain.move_probabilities(later))
    agent.close()
    agent.close()


def test_they_are_made_by_name(tmp_path: Path) -> None:
    path = save_tiny(tmp_path / "mine.safetensors")
    spec = f"zero:simulations=6,weights={path},root=puct,leaf_batch=2"
    assert isinstance(make_agent(spec), ZeroAgent)
    assert isinstance(make_agent(f"{spec},reuse=no"), ZeroAgent)
    agent = make_agent(f"{spec},reuse=yes")
    assert isinstance(agent, KeepingZeroAgent)
    assert agent.name == f"{spec},reuse=yes"
    assert make_agent(f"{spec},eight_bit=no").name == f"{spec},eight_bit=no"
    assert agent.select_move(GameState(Rules(3)), Limits(), rng()).move in range(10)


@pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
def test_eight_bits_are_used_where_the_weights_allow_them(tmp_path: Path) -> None:
    exact, rounded = tmp_path / "exact.safetensors", tmp_path / "rounded.safetensors"
    net = load_net(save_tiny(exact))
    save_net(net, rounded, bounds=dict.fromkeys(bound_names(net.config), 1.0))

    def arithmetic(agent: ZeroAgent) -> str:
        return str(getattr(agent.evaluator, "name", "torch"))

    assert arithmetic(ZeroAgent(rounded, cache=0)) == "openvino-int8"
    assert arithmetic(ZeroAgent(rounded, cache=0, eight_bit=False)) != "openvino-int8"
    assert arithmetic(ZeroAgent(exact, cache=0)) != "openvino-int8"


def found(visits: dict[int, int], move: int) -> SearchResult:
    counts = np.zeros(26, np.int32)
    counts[list(visits)] = list(visits.values())
    empty = np.zeros(26, np.float32)
    return SearchResult(move, 0.5, 0.0, counts, empty, empty, (move,), int(counts.sum()))


def test_temperature_draws_by_visits_and_leaves_passing_alone() -> None:
    chance = rng()
    agent = ZeroAgent(evaluator=hash_evaluator(), simulations=8, temperature=1.0)
    assert agent.name == "zero:simulations=8,temperature=1.0"
    drawn = [agent.decision(found({6: 30, 7: 10}, 6), chance).move for _ in range(400)]
    assert set(drawn) == {6, 7}
    assert 60 <= drawn.count(7) <= 140  # a quarter of 400 is expected
    half = ZeroAgent(evaluator=hash_evaluator(), temperature=0.5)
    drawn = [half.decision(found({6: 30, 7: 10}, 6), chance).move for _ in range(400)]
    assert 15 <= drawn.count(7) <= 65  # a tenth: the shares are 9 to 1
    assert {agent.decision(found({25: 5, 7: 1}, 25), chance).move for _ in range(50)} == {25}
    assert {agent.decision(found({25: 5, 7: 6}, 7), chance).move for _ in range(50)} == {7}
    with pytest.raises(AgentError, match=r"^temperature must be 0 or more, not -1"):
        ZeroAgent(evaluator=hash_evaluator(), temperature=-1.0)
    spec = "zero:simulations=8,temperature=2"
    assert make_agent(spec).name == spec
