"""What a report is made of, what is known about small boards, and numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.arena import Interval, MatchResult
from agents.base import AgentError
from agents.spec import parse_spec
from go_engine import move_to_vertex
from selfplay.insight.control import Control
from selfplay.insight.elo import Ladder
from selfplay.insight.knowledge import Knowledge
from selfplay.insight.measure import Milestone, Numbers, Yardstick
from selfplay.insight.runs import Run
from selfplay.insight.strength import MatchSettings, StrengthPoint
from selfplay.insight.told import Told

__all__ = [
    "Findings",
    "duration",
    "percent",
    "search_words",
    "share_text",
    "short_name",
    "top_move",
]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a report shows.

    Attributes:
        run: the run's folder, read.
        yardstick: what players were measured with.
        milestones: the run's networks over training, in order; never empty.
        told: the told agent's numbers.
        control: the control's curve; None if there is none for this board size.
        strength: matches over training.
        settings: how those were played.
        matches: results of other matches, played elsewhere, to be shown as they are.
        command: the command line that makes this report again.
        warnings: what the reader should know, one line each.
        ladder: ratings that `untold measure` made; None if it did not.
        knowledge: what it found that the networks know, in the order of positions.
    """

    run: Run
    yardstick: Yardstick
    milestones: Sequence[Milestone]
    told: Told
    control: Control | None
    strength: Sequence[StrengthPoint]
    settings: MatchSettings
    matches: Sequence[MatchResult]
    command: str
    warnings: Sequence[str]
    ladder: Ladder | None = None
    knowledge: Sequence[Knowledge] = ()

    @property
    def size(self) -> int:
        """Points along an edge of the board."""
        return self.run.config.game.board_size

    @property
    def board(self) -> str:
        """The board in words: `5x5`."""
        return f"{self.size}x{self.size}"

    @property
    def first(self) -> Milestone:
        """The network before training."""
        return self.milestones[0]

    @property
    def last(self) -> Milestone:
        """The newest network."""
        return self.milestones[-1]

    @property
    def is_control(self) -> bool:
        """Whether the run itself was trained on shuffled results."""
        return self.run.config.learn.shuffled_results


def percent(share: float) -> str:
    """`94 %`; one more digit where it tells something (`4.1 %`, `99.7 %`)."""
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    if 0 < share < 0.0005:
        return "under 0.1 %"
    digits = 1 if 0.0005 <= share < 0.0995 or 0.9905 <= share < 1 else 0
    return f"{100 * share:.{digits}f} %"


def share_text(interval: Interval) -> str:
    """A share with its 95 % interval: `94 % [87–98]`."""
    return f"{percent(interval.estimate)} [{100 * interval.low:.0f}–{100 * interval.high:.0f}]"


def duration(seconds: float) -> str:
    """`45 seconds`, `4.7 minutes` or `2.5 hours`."""
    if not np.isfinite(seconds):
        return "an unknown time"
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.1f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def top_move(numbers: Numbers) -> tuple[str, float]:
    """The likeliest first move as a vertex, and its probability."""
    best = int(np.argmax(numbers.first_moves))
    size = round((len(numbers.first_moves) - 1) ** 0.5)
    return move_to_vertex(best, size), numbers.first_moves[best]


def short_name(name: str) -> str:
    """An agent's spec without the folders of its weights file."""
    try:
        spec = parse_spec(name)
    except AgentError:
        return name
    options = [f"{key}={Path(str(v)).stem if key == 'weights' else v}" for key, v in spec.options]
    return f"{spec.kind} ({', '.join(options)})" if options else spec.kind


def search_words(found: Findings) -> str:
    """How networks play in the matches: `without search`."""
    simulations = found.settings.simulations
    return "without search" if simulations == 1 else f"with {simulations} simulations a move"
