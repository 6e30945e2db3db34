"""What `scripts/bench_selfplay.py` found: the table, and the line of JSON."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from selfplay.config import LearnConfig

__all__ = ["Report", "Round"]


class Round(NamedTuple):
    """One turn of everything, per second. `leaves` may repeat; `share` of the time is the net's."""

    raw: float
    bare: float
    leaves: float
    positions: float
    share: float
    peers: dict[str, float]


@dataclass
class Report:
    """What was found.

    Attributes:
        backend: what computed, and in which arithmetic; net, size, simulations: of what.
        raw_layout, batch: the raw evaluator's best; play_layout, games: self-play's, games in each
            process.
        unique: share of different ones among all planes that the evaluator was asked about in all
            rounds, by whichever process.
        games_per_s: finished games, over all rounds.
        samples_per_s: the learner's on all cores; None unless measured.
        peers: why one was not measured, if so.
        clock: "wall" or "cpu", what a second is.
    """

    backend: str
    net: str
    size: int
    simulations: int
    raw_layout: str
    batch: int
    play_layout: str
    games: int
    rounds: list[Round] = field(default_factory=list)
    unique: float = 1.0
    games_per_s: float = 0.0
    samples_per_s: float | None = None
    peers: dict[str, str] = field(default_factory=dict)
    clock: str = "wall"

    @property
    def title(self) -> str:
        return (
            f"{self.backend}, net {self.net}, {self.size}x{self.size}, {self.simulations} "
            f"simulations a move; medians of {len(self.rounds)} rounds in turns"
            + ("; seconds of processor time" if self.clock == "cpu" else "")
        )

    def _median(self, of: Callable[[Round], float]) -> float:
        return statistics.median(map(of, self.rounds))

    def shares(self) -> dict[str, float | None]:
        """Where the time goes; learning and playing take turns on the same cores."""
        net, learning = self._median(lambda r: r.share), 0.0
        if self.samples_per_s is not None:
            learn_s = LearnConfig().samples_per_position / self.samples_per_s
            learning = learn_s / (learn_s + 1 / self._median(lambda r: r.positions))
        playing = 1 - learning
        return {
            "share_net": round(net * playing, 4),
            "share_tree": round((1 - net) * playing, 4),
            "share_learning": None if self.samples_per_s is None else round(learning, 4),
        }

    def _rival_times(self, name: str) -> float:
        return self._median(lambda r: r.positions / r.peers[name])

    def figures(self) -> dict[str, Any]:
        """For the line of JSON."""
        found: dict[str, Any] = {
            "backend": self.backend,
            "net": self.net,
            "num_simulations": self.simulations,
            "raw_evals_per_s": round(self._median(lambda r: r.raw), 1),
            "selfplay_evals_per_s": round(self._median(lambda r: r.leaves) * self.unique, 1),
            "ratio": round(self._median(lambda r: r.leaves / r.raw) * self.unique, 4),
            "positions_per_s": round(self._median(lambda r: r.positions), 2),
            "games_per_s": round(self.games_per_s, 4),
            "bare_evals_per_s": round(self._median(lambda r: r.bare), 1),
            "raw_to_bare": round(self._median(lambda r: r.raw / r.bare), 4),
            "unique_share": round(self.unique, 4),
            **self.shares(),
            "samples_per_s": self.samples_per_s and round(self.samples_per_s, 1),
            "board_size": self.size,
            "raw_layout": self.raw_layout,
            "raw_batch": self.batch,
            "selfplay_layout": self.play_layout,
            "games_per_process": self.games,
            "clock": self.clock,
        }
        if self.peers or self.rounds[0].peers:
            found["peers"] = {
                name: {
                    "positions_per_s": round(self._median(lambda r, n=name: r.peers[n]), 3),  # type: ignore[misc]
                    "ours_times": round(self._rival_times(name), 2),
                }
                for name in self.rounds[0].peers
            } | self.peers
        return found

    def rows(self) -> list[tuple[str, str, str]]:
        """For the table: what, how much, remark."""
        f = self.figures()
        rows = [
            ("bare backend", f"{f['bare_evals_per_s']:,.0f}", "evaluations/s, one fixed batch"),
            (
                "raw evaluator",
                f"{f['raw_evals_per_s']:,.0f}",
                f"evaluations/s, {self.raw_layout}, batch {self.batch}; "
                f"{f['raw_to_bare']:.1%} of bare",
            ),
            (
                "self-play",
                f"{f['selfplay_evals_per_s']:,.0f}",
                f"evaluations/s, {self.play_layout}, {self.games} games each; "
                f"{f['unique_share']:.1%} of the leaves differ and count",
            ),
            ("self-play / raw", f"{f['ratio']:.1%}", ""),
            ("positions", f"{f['positions_per_s']:,.1f}", "moves searched a second"),
            ("games", f"{f['games_per_s']:,.3f}", "finished a second"),
            ("time in the net", f"{f['share_net']:.1%}", ""),
            ("time in the tree", f"{f['share_tree']:.1%}", "and everything else"),
        ]
        if self.samples_per_s is not None:
            remark = f"if it takes turns with playing; {self.samples_per_s:,.0f} samples/s"
            rows.append(("time in learning", f"{f['share_learning']:.1%}", remark))
        for name, figure in f.get("peers", {}).items():
            if isinstance(figure, str):
                rows.append((name, "-", figure))
            else:
                remark = f"positions/s; ours {figure['ours_times']:.1f} times"
                rows.append((name, f"{figure['positions_per_s']:,.2f}", remark))
        return rows
