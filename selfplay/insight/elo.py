"""Ratings of a run's networks and anchors from all games played so far: numbers, table, plot."""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.arena import AgentRow, GameRecord, make_standings
from agents.arena.standings import METHOD, elo_text
from selfplay.insight.plots import Curve, Panel, panels
from selfplay.insight.rungs import rung_label

__all__ = ["Ladder", "NetFacts", "Rated", "elo_panels", "make_ladder", "ladder_png", "ladder_table"]

_ZERO_POINTS: Final = ("gnugo:level=10", "random")
_ANCHOR_COLORS: Final = {"random": "control", "told": "told", "gnugo:level=10": "truth"}
_OTHER_STYLES: Final = ("--", ":", "-.")
_NET_STYLES: Final = ("-", "--", ":")


@dataclass(frozen=True, slots=True)
class NetFacts:
    """When a network was kept.

    Attributes:
        iteration: turns of the learner before.
        positions: self-play positions before.
        core_hours: hours of training times self-play processes, before.
    """

    iteration: int
    positions: int
    core_hours: float


@dataclass(frozen=True, slots=True)
class Rated:
    """One player's line.

    Attributes:
        name: its name in games.
        net: when it was kept; None for an anchor.
        simulations: a network's simulations a move; 0 for an anchor.
        games, wins, draws, losses: those that count.
        elo: above the zero point; None if no chain of games leads there.
        low, high: its 95 % interval; the zero point has none, nor who is not linked to it.
        elo_text: Elo and interval in words, open ends left open.
    """

    name: str
    net: NetFacts | None
    simulations: int
    games: int
    wins: int
    draws: int
    losses: int
    elo: float | None
    low: float | None
    high: float | None
    elo_text: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """All players rated on one scale.

    Attributes:
        zero_point: the player whose Elo is 0.
        rated: the players, best first.
        games: games that count.
        set_aside: games that do not, as (game id, Black, White, why).
    """

    zero_point: str
    rated: tuple[Rated, ...]
    games: int
    set_aside: tuple[tuple[str, str, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """A mapping that `json` can write and `from_json` reads back to an equal ladder."""
        return {"method": METHOD, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ladder:
        """The ladder that `to_json` made `data` from.

        Raises:
            ValueError: if a field is missing or unknown.
        """
        try:
            values = {name: value for name, value in data.items() if name != "method"}
            rows = [
                Rated(**{**row, "net": None if row["net"] is None else NetFacts(**row["net"])})
                for row in values.pop("rated")
            ]
            aside = tuple(
                (str(game), str(black), str(white), str(why))
                for game, black, white, why in values.pop("set_aside")
            )
            return cls(rated=tuple(rows), set_aside=aside, **values)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a ladder: {error}") from None

    @classmethod
    def read(cls, path: Path) -> Ladder:
        """The ladder in a file.

        Raises:
            ValueError: if it holds none.
            OSError: if it cannot be read.
        """
        return cls.from_json(json.loads(path.read_bytes()))


def make_ladder(
    records: Sequence[GameRecord], objections: Mapping[str, str], nets: Mapping[str, NetFacts]
) -> Ladder | None:
    """Rate everybody; None without a game that counts.

    GNU Go at level 10 is the zero point, random where that did not play, else whoever came first.

    Args:
        records: all games, under the same rules.
        objections: of games that do not count, by game id, why.
        nets: facts about networks, by their names in games.
    """
    counted = [r for r in records if r.result is not None and r.game_id not in objections]
    names = list(dict.fromkeys(name for r in counted for name in (r.black, r.white)))
    if not names:
        return None
    zero = next((name for name in _ZERO_POINTS if name in names), names[0])
    standings = make_standings(counted, names, zero)
    aside = [
        (r.game_id, r.black, r.white, objections[r.game_id])
        for r in records
        if r.game_id in objections
    ]
    rated = tuple(_rated(row, nets.get(row.name)) for row in standings.rows)
    return Ladder(zero, rated, standings.games, tuple(aside))


def _rated(row: AgentRow, net: NetFacts | None) -> Rated:
    _, _, simulations = row.name.partition("simulations=")
    interval = row.elo_interval
    return Rated(
        name=row.name,
        net=net,
        simulations=int(simulations) if net is not None else 0,
        games=row.games,
        wins=row.wins,
        draws=row.draws,
        losses=row.losses,
        elo=row.elo,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        elo_text=elo_text(row),
    )


def ladder_table(ladder: Ladder) -> str:
    """The ladder as lines of text, best first."""
    head = ("player", "positions", "core-hours", "won-drawn-lost", "Elo")
    rows = [
        (
            rung_label(row.name),
            "" if row.net is None else f"{row.net.positions:,}",
            "" if row.net is None else f"{row.net.core_hours:.2f}",
            f"{row.wins}-{row.draws}-{row.losses}",
            row.elo_text,
        )
        for row in ladder.rated
    ]
    widths = [max(len(line[i]) for line in (head, *rows)) for i in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if i in (0, 4) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *rows)
    ]
    lines.append(
        f"{ladder.games} games counted, {len(ladder.set_aside)} set aside; Elo 0 is "
        f"{rung_label(ladder.zero_point)}; brackets hold 95 % intervals"
    )
    return "\n".join(lines)


def elo_panels(ladder: Ladder) -> list[Panel]:
    """Elo against self-play positions, and against core-hours; anchors as level lines."""
    return [
        Panel("Elo over positions", _curves(ladder, hours=False)),
        Panel(
            "Elo over core-hours",
            _curves(ladder, hours=True),
            x_label="core-hours of training",
        ),
    ]


def _curves(ladder: Ladder, hours: bool) -> list[Curve]:
    curves = []
    nets = [row for row in ladder.rated if row.net is not None and row.elo is not None]
    for number, simulations in enumerate(sorted({row.simulations for row in nets})):
        points = sorted(
            (row.net.core_hours if hours else float(row.net.positions), row.elo, row.low, row.high)
            for row in nets
            if row.simulations == simulations and row.net is not None and row.elo is not None
            and row.low is not None and row.high is not None
        )  # fmt: skip
        xs, ys, low, high = ([float(p[i]) for p in points] for i in range(4))
        label = f"this network, {simulations} simulations"
        style = _NET_STYLES[number % len(_NET_STYLES)]
        curves.append(
            Curve(label, "zero", xs, ys, low, high, style=style, marked=True, width=1.4, band=True)
        )
    styles = itertools.cycle(_OTHER_STYLES)
    for row in ladder.rated:
        if row.net is None and row.elo is not None:
            label = rung_label(row.name)
            known = label in _ANCHOR_COLORS
            color, style = (_ANCHOR_COLORS[label], "--") if known else ("other", next(styles))
            curves.append(Curve(label, color, (), (row.elo,), style=style))
    return curves


def ladder_png(ladder: Ladder) -> bytes:
    """The plot as a PNG file's content."""
    buffer = io.BytesIO()
    figure = panels(elo_panels(ladder), columns=2, height=4.2, shared_legend=True)
    figure.savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()
