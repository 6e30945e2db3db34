"""What a network of a run knows without playing: tactics, truth, experts' moves, held-out games."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.net import load_net, make_evaluator
from agents.search import ZeroAgent
from go_engine import Rules
from selfplay.insight.expert import Agreement, ExpertGames
from selfplay.insight.heldout import HeldOutLoss, held_out_loss, read_held_out
from selfplay.insight.probes import Probe, Solved, make_probes, solve_probes
from selfplay.insight.runs import Snapshot
from selfplay.insight.tactics import TACTICS
from selfplay.insight.truth import (
    EXACT_SIZES,
    TRUTHS,
    ExactAgreement,
    OpeningTruth,
    PlayedValue,
    exact_agreement,
    opening_truth,
    played_value,
)

__all__ = ["Examiner", "Knowledge"]

_VERSION: Final = 2  # of what is asked; a change has all networks asked anew
_PROBES: Final = 60  # of each kind of tactics
_SEED: Final = 2026
_PLAYED: Final = 200  # simulations a move of the games against itself
_TRUTH_FROM: Final = 5  # boards on which the opening of 5x5 is worth asking about


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A raw network's answers at one moment of its training.

    Attributes:
        digest: names the weights.
        iteration: turns of the learner before.
        positions: self-play positions before.
        core_hours: hours of training times self-play processes, before.
        board_size: of tactics, expert games and held-out games.
        tactics: results on each kind of `tactics.TACTICS`.
        expert: agreement with expert moves; None if no games were given.
        held_out: losses on held-out self-play; None if the run keeps none.
        opening: the empty board of 5x5; None for runs on smaller boards.
        exact: every position's proved value, for runs on 2x2 and 3x3; else None.
        played: games against itself beside perfect play, for runs on 2x2 to 5x5; else None.
    """

    digest: str
    iteration: int
    positions: int
    core_hours: float
    board_size: int
    tactics: Mapping[str, Solved]
    expert: Agreement | None = None
    held_out: HeldOutLoss | None = None
    opening: OpeningTruth | None = None
    exact: ExactAgreement | None = None
    played: PlayedValue | None = None

    def to_json(self) -> dict[str, Any]:
        """A mapping that `json` can write and `from_json` reads back to an equal object."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Knowledge:
        """What `to_json` made `data` from.

        Raises:
            ValueError: if a field is missing or unknown.
        """
        try:
            values = dict(data)
            values["tactics"] = {k: Solved(**row) for k, row in values["tactics"].items()}
            for name, kind in _PARTS.items():
                values[name] = None if values.get(name) is None else kind(**values[name])
            return cls(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a network's answers: {error}") from None


_PARTS: Final[Mapping[str, Callable[..., Any]]] = {
    "expert": Agreement,
    "held_out": HeldOutLoss,
    "opening": OpeningTruth,
    "exact": ExactAgreement,
    "played": lambda **part: PlayedValue(**(part | {"margins": tuple(part["margins"])})),
}


class Examiner:
    """Asks all networks of a run the same questions.

    Args:
        rules: the board; its komi is not used.
        komi_range: in it lie the komi of the tactics.
        held_out: the folder of held-out games; it may be missing.
        expert_games: files of expert games; they only measure.

    Attributes:
        warnings: what was wrong with the held-out games, one line each.

    Raises:
        OSError: if an expert file cannot be read.
    """

    def __init__(
        self,
        rules: Rules,
        komi_range: tuple[float, float],
        held_out: Path,
        expert_games: Sequence[Path] = (),
    ) -> None:
        self.rules = rules
        self.warnings: list[str] = []
        self._komi_range = komi_range
        self._held_out = held_out
        self._expert = ExpertGames(expert_games, rules.board_size)
        self._num_probes = _PROBES
        self._probes: list[Probe] | None = None

    def key(self, snapshot: Snapshot) -> dict[str, Any]:
        """What the answers depend on, held-out games apart: they are those there at the time."""
        return {
            "version": _VERSION,
            "net": snapshot.digest,
            "size": self.rules.board_size,
            "komi": list(self._komi_range),
            "probes": self._num_probes,
            "expert": self._expert.digest,
        }

    def examine(self, snapshot: Snapshot, cores: int) -> Knowledge:
        """Ask a network everything; `cores` are those that trained it.

        Raises:
            AgentError: if the file is no usable network.
            SgfError, OSError: if the expert games cannot be read.
        """
        evaluator = make_evaluator(load_net(snapshot.path))
        player = ZeroAgent(snapshot.path, evaluator=evaluator)
        size = self.rules.board_size
        if self._probes is None:
            self._probes = make_probes(
                self.rules, self._komi_range, self._num_probes, _SEED, TACTICS
            )
        truth = TRUTHS.get(size)
        is_proved = truth is not None and truth.proved
        games, self.warnings = read_held_out(self._held_out, size)
        return Knowledge(
            digest=snapshot.digest,
            iteration=snapshot.iteration,
            positions=snapshot.positions,
            core_hours=snapshot.seconds * cores / 3600,
            board_size=size,
            tactics=solve_probes(player, self._probes, TACTICS),
            expert=self._expert.agreement(player),
            held_out=held_out_loss(evaluator, games),
            opening=opening_truth(evaluator) if size >= _TRUTH_FROM else None,
            exact=exact_agreement(evaluator, size) if size in EXACT_SIZES else None,
            played=played_value(evaluator, size, _PLAYED) if is_proved else None,
        )
