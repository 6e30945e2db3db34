"""What a player knows without searching: its first move, the tactics probes, experts' moves.

The same yardstick is laid to networks at any moment of their training, to the told agent and to
the control, so that their numbers can stand in one figure. Expert moves are compared with, never
learned from.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from agents.base import MovePredictor
from agents.net import TorchEvaluator, load_net
from agents.search import ZeroAgent, average_evaluation
from go_engine import GameState, Rules
from selfplay.insight.cache import Cache
from selfplay.insight.expert import Agreement, ExpertGames
from selfplay.insight.probes import PROBE_KINDS, Probe, Solved, make_probes, solve_probes
from selfplay.insight.runs import Run, Snapshot

__all__ = [
    "PROBE_SEED",
    "Milestone",
    "Numbers",
    "Yardstick",
    "centre_points",
    "measure_run",
    "net_player",
    "one_thread",
]

PROBE_SEED: Final = 2026
"""Seed of the probes' random games; together with the count it names the probes."""

_VERSION: Final = 1  # of what is measured; a change makes cached numbers count no more


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the yardstick reads off a player, search switched off.

    Attributes:
        first_moves: probabilities on the empty board, `N*N + 1` of them, pass last.
        tactics: results on each kind of probe.
        expert: agreement with expert moves; None if none were given.
    """

    first_moves: tuple[float, ...]
    tactics: Mapping[str, Solved]
    expert: Agreement | None = None

    @property
    def centre_prior(self) -> float:
        """Probability of the centre of the empty board (of the four middle points together on a
        board of even size)."""
        return sum(self.first_moves[p] for p in centre_points(_size_of(self.first_moves)))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Numbers:
        """The numbers that `dataclasses.asdict` and JSON made `data` from.

        Raises:
            ValueError: if a field is missing, unknown or no finite number.
        """
        try:
            expert = data["expert"]
            return cls(
                tuple(float(_finite({"prior": p})["prior"]) for p in data["first_moves"]),
                {kind: Solved(**_finite(data["tactics"][kind])) for kind in PROBE_KINDS},
                None if expert is None else Agreement(**_finite(expert)),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a player's numbers: {error}") from None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A network's numbers at one moment of its training.

    Attributes:
        positions: self-play positions before it.
        seconds: wall-clock seconds before it.
        numbers: what the yardstick reads.
        empty_value: Black's expected result on the empty board at the yardstick's komi, 0 to 1.
        empty_score: Black's expected margin there in points, before komi.
    """

    positions: int
    seconds: float
    numbers: Numbers
    empty_value: float
    empty_score: float

    def to_json(self) -> dict[str, Any]:
        """A mapping that `json` can write and `from_json` reads back to an equal milestone."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Milestone:
        """The milestone that `to_json` made `data` from.

        Raises:
            ValueError: if a field is missing, unknown or no finite number.
        """
        try:
            rest = {name: value for name, value in data.items() if name != "numbers"}
            return cls(numbers=Numbers.from_json(data["numbers"]), **_finite(rest))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a milestone: {error}") from None


class Yardstick:
    """The same questions for every player.

    Args:
        rules: the board; its komi is that of the questions about the empty board.
        komi_range: in it lie the komi of the tactics probes.
        num_probes: how many of each kind.
        expert_games: files of expert games; those on boards of another size are left out.

    Raises:
        OSError: if one of those files cannot be read.
    """

    def __init__(
        self,
        rules: Rules,
        komi_range: tuple[float, float],
        num_probes: int,
        expert_games: Sequence[Path] = (),
    ) -> None:
        self.rules = rules
        self.komi_range = komi_range
        self.num_probes = num_probes
        self.expert = ExpertGames(expert_games, rules.board_size)
        self._probes: list[Probe] | None = None

    @property
    def probes(self) -> list[Probe]:
        """The tactics probes, made when first asked for."""
        if self._probes is None:
            self._probes = make_probes(self.rules, self.komi_range, self.num_probes, PROBE_SEED)
        return self._probes

    @property
    def key(self) -> dict[str, Any]:
        """What the numbers depend on, the player apart."""
        return {
            "version": _VERSION,
            "size": self.rules.board_size,
            "komi": [self.rules.komi, *self.komi_range],
            "probes": self.num_probes,
            "seed": PROBE_SEED,
            "expert": self.expert.digest,
        }

    def same_questions(self, key: Mapping[str, Any]) -> bool:
        """Whether numbers measured under another yardstick's `key` compare with this one's, expert
        games apart."""
        ours = self.key
        return all(key.get(name) == ours[name] for name in ours if name != "expert")

    def measure(self, player: MovePredictor) -> Numbers:
        """Ask `player` everything.

        Raises:
            SgfError, OSError: if the expert games cannot be read.
        """
        first = player.move_probabilities(GameState(self.rules))
        return Numbers(
            tuple(round(float(p), 6) for p in first),
            solve_probes(player, self.probes),
            self.expert.agreement(player),
        )


def centre_points(size: int) -> list[int]:
    """The middle point of a board, or its four middle points if the size is even."""
    middle = {(size - 1) // 2, size // 2}
    return sorted(row * size + column for row in middle for column in middle)


def net_player(path: Path) -> ZeroAgent:
    """The network in a weights file as a player, in float32 on the CPU: the same on all machines.

    Raises:
        AgentError: if the file is no usable network.
    """
    return ZeroAgent(path, evaluator=_evaluator(path))


def measure_run(
    run: Run,
    yardstick: Yardstick,
    cache: Cache,
    tell: Callable[[str], None],
) -> list[Milestone]:
    """The milestones of all snapshots of `run`, in order; those in the cache are not redone.

    `tell` hears in words how far it is.
    """
    milestones = []
    for number, snapshot in enumerate(run.snapshots, start=1):
        tell(f"measuring network {number} of {len(run.snapshots)}")
        key = {"net": snapshot.digest, **yardstick.key}
        milestone = _known(cache, key)
        if milestone is None:
            milestone = _measure_snapshot(snapshot, yardstick)
            cache.put(key, milestone.to_json())
        milestones.append(milestone)
    return milestones


def _known(cache: Cache, key: Mapping[str, Any]) -> Milestone | None:
    value = cache.get(key)
    try:
        return None if value is None else Milestone.from_json(value)
    except ValueError:  # written by another version of the program
        return None


def _measure_snapshot(snapshot: Snapshot, yardstick: Yardstick) -> Milestone:
    evaluator = _evaluator(snapshot.path)
    _, value, score, _ = average_evaluation(evaluator, GameState(yardstick.rules))
    return Milestone(
        positions=snapshot.positions,
        seconds=snapshot.seconds,
        numbers=yardstick.measure(ZeroAgent(snapshot.path, evaluator=evaluator)),
        empty_value=value,
        empty_score=score,
    )


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: for single positions more of them only wait for each other, and beside a
    training they take its cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _evaluator(path: Path) -> TorchEvaluator:
    return TorchEvaluator(load_net(path), "cpu", torch.float32)


def _size_of(first_moves: Sequence[float]) -> int:
    return math.isqrt(len(first_moves) - 1)


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number, not {value!r}")
        if not math.isfinite(value):
            raise ValueError(f"{name} is not finite")
    return dict(row)
