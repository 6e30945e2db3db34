"""The untold player: a network that learned by self-play, and a Gumbel search over it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import AgentError, Decision, Evaluator, Limits
from agents.net import (
    CACHE_POSITIONS,
    POSITIONS,
    CachedEvaluator,
    StoppableEvaluator,
    as_batch,
    empty_planes,
    fill_planes,
    load_bounds,
    load_net,
    make_evaluator,
    shipped_weights,
)
from agents.search.config import SearchConfig
from agents.search.reuse import KeptTree
from agents.search.single import SearchResult, search_position, search_positions
from go_engine import NUM_SYMMETRIES, GameState, symmetry_moves

__all__ = ["KeepingZeroAgent", "ZeroAgent", "average_evaluation", "find_weights"]

SMALL_BOARD = 6
"""Up to this size the weights trained on 5x5 are the default."""


AIMS: Final = {
    "win": SearchConfig(gumbel_scale=0.0),
    "margin": SearchConfig(gumbel_scale=0.0, score_weight=0.6, even_komi=True),
}
"""What a match search may go for. The weight was measured; see the log, 2026-11-23."""


def find_weights(name: str | Path | None, board_size: int) -> Path:
    """The file a weights option means: a path, a shipped name, or by default the one for the board.

    Raises:
        AgentError: if there is none, listing the shipped names.
    """
    shipped = shipped_weights()
    if name is None:
        name = "5x5" if board_size <= SMALL_BOARD and "5x5" in shipped else "9x9"
    if str(name) in shipped:
        return shipped[str(name)]
    path = Path(name)
    if path.is_file():
        return path
    known = ", ".join(shipped) or "none"
    raise AgentError(f"no weights {str(name)!r}: give a .safetensors file or one of: {known}")


class ZeroAgent:
    """Network and search behind the Agent protocol; also a MovePredictor (the raw policy).

    Args:
        weights: a file, the name of shipped weights, or None for the shipped ones that suit the
            board of the first game asked about.
        simulations: per move, unless the limits say otherwise.
        aim: `"win"` plays for the result, `"margin"` for points, be the game won or lost.
        search: the other search settings instead of those that `aim`, `root` and `leaf_batch` stand
            for; its `num_simulations` is not used. Matches take no noise.
        evaluator: runs the network; by default what `make_evaluator` chooses for the CPU. With it
            `weights` is a label only.
        name: what to be called.
        root: `"gumbel"` or `"puct"`, as in SearchConfig.
        leaf_batch: leaves of one search that are evaluated together, as in SearchConfig.
        cache: positions whose evaluation is remembered; 0 for none.
        eight_bit: whether the network may be run in eight bits, where its weights say that it plays
            as well so and the machine can.
        temperature: 0 takes the searched move; otherwise a move is drawn with probability
            proportional to `visits ** (1 / temperature)`, unless the search would pass.

    Attributes:
        stop: see `Stoppable`; heard at the next call of the network.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        simulations: int = 400,
        aim: str = "win",
        search: SearchConfig | None = None,
        evaluator: Evaluator | None = None,
        name: str | None = None,
        root: str = "gumbel",
        leaf_batch: int = 1,
        cache: int = CACHE_POSITIONS,
        eight_bit: bool = True,
        temperature: float = 0.0,
    ) -> None:
        if simulations < 1:
            raise AgentError(f"simulations must be 1 or more, not {simulations}")
        if not (temperature >= 0.0 and np.isfinite(temperature)):
            raise AgentError(f"temperature must be 0 or more, not {temperature}")
        self.weights = weights
        self.simulations = simulations
        self.temperature = temperature
        if aim not in AIMS:
            raise AgentError(f"aim must be {' or '.join(AIMS)}, not {aim!r}")
        self.search = search or dataclasses.replace(AIMS[aim], root=root, leaf_batch=leaf_batch)
        self.stop: threading.Event | None = None
        self._stoppable: StoppableEvaluator | None = None
        self._cache = cache
        self._eight_bit = eight_bit
        self._evaluator = None if evaluator is None else self._cached(evaluator)
        if weights is not None and evaluator is None:
            self._load(find_weights(weights, 9))
        label = "" if weights is None else f"weights={weights},"
        others = {
            "aim": (aim, "win"),
            "root": (root, "gumbel"),
            "leaf_batch": (leaf_batch, 1),
            "eight_bit": ("yes" if eight_bit else "no", "yes"),
            "temperature": (temperature, 0.0),
        }
        rest = "".join(f",{key}={own}" for key, (own, usual) in others.items() if own != usual)
        self.name = name or f"zero:{label}simulations={simulations}{rest}"

    def _load(self, path: Path) -> Evaluator:
        net = load_net(path)
        bounds = load_bounds(path) if self._eight_bit else None
        self._evaluator = self._cached(make_evaluator(net, bounds=bounds))
        return self._evaluator

    def _cached(self, evaluator: Evaluator) -> Evaluator:
        return CachedEvaluator(evaluator, self._cache) if self._cache > 0 else evaluator

    @property
    def evaluator(self) -> Evaluator:
        """What runs the network, the cache of positions in front.

        Raises:
            AgentError: if no weights were named and no position has been seen yet.
        """
        if self._evaluator is None:
            raise AgentError("the agent takes its weights with the first position it sees")
        return self._evaluator

    def evaluator_for(self, state: GameState) -> Evaluator:
        """What runs the network on `state`; loads the weights if that is still to be done.

        Raises:
            AgentError: if there are none.
        """
        if self._evaluator is None:
            return self._load(find_weights(None, state.rules.board_size))
        return self._evaluator

    def stoppable_evaluator_for(self, state: GameState) -> Evaluator:
        """As `evaluator_for`, heeding `stop`; the same object from move to move.

        Raises:
            AgentError: if there are no weights.
        """
        evaluator, stop, last = self.evaluator_for(state), self.stop, self._stoppable
        if stop is None:
            return evaluator
        if last is None or last.inner is not evaluator or last.stop is not stop:
            self._stoppable = last = StoppableEvaluator(evaluator, stop)
        return last

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        """The searched move; never resigns."""
        config, evaluator = self.config_for(limits), self.stoppable_evaluator_for(state)
        found = search_position(state, evaluator, config, rng, limits.seconds)
        return self.decision(found, rng)

    def select_moves(
        self,
        states: Sequence[GameState],
        limits: Sequence[Limits],
        rngs: Sequence[np.random.Generator],
    ) -> list[Decision]:
        """See `BatchAgent.select_moves`; a limit in seconds has each position searched alone."""
        if any(limit.seconds is not None for limit in limits):
            return list(map(self.select_move, states, limits, rngs))
        alike: dict[tuple[int, int | None, Limits], list[int]] = {}
        for i, (state, limit) in enumerate(zip(states, limits, strict=True)):
            key = state.rules.board_size, state.rules.max_moves, limit
            alike.setdefault(key, []).append(i)
        decisions: dict[int, Decision] = {}
        for (_, _, limit), places in alike.items():
            found = search_positions(
                [states[i] for i in places],
                self.evaluator_for(states[places[0]]),
                self.config_for(limit),
                [rngs[i] for i in places],
            )
            for i, result in zip(places, found, strict=True):
                decisions[i] = self.decision(result, rngs[i])
        return [decisions[i] for i in range(len(states))]

    def config_for(self, limits: Limits) -> SearchConfig:
        """The search settings of a move."""
        simulations = limits.simulations or self.simulations
        return dataclasses.replace(self.search, num_simulations=simulations)

    def decision(self, found: SearchResult, rng: np.random.Generator) -> Decision:
        """What the agent says after a search; the move is drawn if the temperature says so."""
        order = np.argsort(-found.visits, kind="stable")
        visits = {int(m): int(found.visits[m]) for m in order if found.visits[m] > 0}
        share = found.visits[found.move] / max(1, found.visits.sum())
        words = (
            f"searched {found.simulations} positions, {share:.0%} of them after this move",
            f"expects to win with probability {found.value:.0%}",
        )
        decision = Decision(found.move, found.value, found.score, visits, found.pv, words)
        return _drawn(decision, self.temperature, found.visits.size - 1, rng)

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        """The raw policy, averaged over the eight symmetries, without search."""
        return average_evaluation(self.evaluator_for(state), state)[0]

    def new_game(self) -> None:
        """Nothing that a game depends on is kept."""

    def close(self) -> None:
        """Free the network."""
        self._evaluator = None


class KeepingZeroAgent:
    """A ZeroAgent that goes on from its last search while it plays a game (see `KeptTree`).

    It plays another game at the same number of simulations, a better informed one, and its answers
    depend on what it was asked before; so it is asked about one game at a time (no BatchAgent).
    """

    def __init__(self, agent: ZeroAgent) -> None:
        self.agent = agent
        self.name = f"{agent.name},reuse=yes"
        self._tree = KeptTree()

    @property
    def stop(self) -> threading.Event | None:
        """See `Stoppable`."""
        return self.agent.stop

    @stop.setter
    def stop(self, event: threading.Event | None) -> None:
        self.agent.stop = event

    def select_move(self, state: GameState, limits: Limits, rng: np.random.Generator) -> Decision:
        """The searched move; never resigns."""
        config = self.agent.config_for(limits)
        evaluator = self.agent.stoppable_evaluator_for(state)
        found = self._tree.search(state, evaluator, config, rng, limits.seconds)
        return self.agent.decision(found, rng)

    def move_probabilities(self, state: GameState) -> NDArray[np.float64]:
        """The raw policy, as `ZeroAgent.move_probabilities`."""
        return self.agent.move_probabilities(state)

    def new_game(self) -> None:
        """Forget the last search."""
        self._tree.forget()

    def close(self) -> None:
        """Free the network and the tree."""
        self._tree.forget()
        self.agent.close()


def _drawn(
    decision: Decision, temperature: float, pass_move: int, rng: np.random.Generator
) -> Decision:
    """The decision, its move redrawn from those that were searched. A pass stays one, and none is
    drawn: carelessness neither plays on in a finished game nor gives one up."""
    counts = {move: n for move, n in decision.visits.items() if move != pass_move}
    if temperature == 0.0 or decision.move == pass_move or not counts:
        return decision
    shares = (np.array(list(counts.values()), np.float64) / max(counts.values())) ** (
        1.0 / temperature
    )
    move = int(rng.choice(list(counts), p=shares / shares.sum()))
    if move == decision.move:
        return decision
    return Decision(move, decision.value, decision.score, decision.visits, (move,))


def average_evaluation(
    evaluator: Evaluator, state: GameState
) -> tuple[NDArray[np.float64], float, float, NDArray[np.float64]]:
    """The raw network on `state`, averaged over the eight symmetries.

    Returns policy `float64 [N*N + 1]` (0 where illegal, sums to 1), value in [0, 1], score before
    komi in points, ownership `float64 [N*N]`; all from the side of the player to move.
    """
    size = state.rules.board_size
    legal = state.legal_mask()
    recent = state.recent_stones(POSITIONS)
    moved = symmetry_moves(size)
    planes = empty_planes(NUM_SYMMETRIES, size)
    for s in range(NUM_SYMMETRIES):
        fill_planes(
            planes[s],
            recent,
            legal,
            state.to_play,
            state.passes > 0,
            float(state.rules.komi),
            moved[s],
        )
    answer = evaluator.evaluate(as_batch(planes))
    policy = np.zeros(size * size + 1)
    ownership = np.zeros(size * size)
    for s in range(NUM_SYMMETRIES):
        logits = answer.prior_logits[s][moved[s]].astype(np.float64)
        weights = np.where(legal, np.exp(logits - logits[legal].max()), 0.0)
        policy += weights / weights.sum() / NUM_SYMMETRIES
        ownership += answer.ownership[s][moved[s, :-1]] / NUM_SYMMETRIES
    return policy, float(answer.value.mean()), float(answer.score.mean()), ownership
