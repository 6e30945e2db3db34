"""The report's section on what `untold measure` found: ratings and knowledge over training."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from agents.arena import wilson_interval
from selfplay.insight import page
from selfplay.insight.cache import read_values
from selfplay.insight.elo import Ladder, elo_panels
from selfplay.insight.knowledge import Knowledge
from selfplay.insight.ladder import STRENGTH_FOLDER
from selfplay.insight.plots import Curve, Panel, panels, to_svg
from selfplay.insight.probes import Solved
from selfplay.insight.rungs import rung_label
from selfplay.insight.tactics import TACTICS

__all__ = ["ladder_section", "read_strength"]

_TITLES = {
    "capture": "Takes three stones",
    "escape": "Saves its chain",
    "ladder": "Catches in a ladder",
    "snapback": "Plays a snapback",
    "life": "Makes life",
}
# Title, part of Knowledge, number in it, whether that is a share.
_NUMBERS = (
    ("Expert moves, nats", "expert", "log_loss", False),
    ("Held-out policy, nats", "held_out", "policy", False),
    ("Held-out value, nats", "held_out", "value", False),
    ("Held-out score, points", "held_out", "score", False),
    ("5x5: prior on the centre", "opening", "centre_prior", True),
    ("5x5: Black wins (proved)", "opening", "value", True),
)


def read_strength(run: Path, warnings: list[str]) -> tuple[Ladder | None, list[Knowledge]]:
    """What has been measured of a run so far: the ratings (None if there are none), and what each
    network knows, in the order of positions. Files that cannot be used are warned of."""
    folder = run / STRENGTH_FOLDER
    ladder = None
    try:
        if (folder / "ratings.json").exists():
            ladder = Ladder.read(folder / "ratings.json")
        found = [Knowledge.from_json(value) for value in read_values(folder / "nets.jsonl")]
    except (OSError, ValueError) as error:
        warnings.append(f"{folder.name} cannot be read: {error}")
        return None, []
    # A network may have been asked twice, with expert games and without: the fuller answer counts.
    best = {k.digest: k for k in sorted(found, key=lambda k: k.expert is not None)}
    return ladder, sorted(best.values(), key=lambda k: k.positions)


def ladder_section(run: Path, ladder: Ladder | None, knowledge: Sequence[Knowledge]) -> str:
    """The section; empty if nothing has been measured."""
    parts = []
    again = shlex.join(["untold", "measure", str(run)])
    if ladder is not None:
        parts += _ratings(ladder, again)
    if knowledge:
        parts.append(_knowledge(knowledge, again))
    if not parts:
        return ""
    text = (
        "Everybody on one scale, by Bradley-Terry over all games played so far: 400 Elo is odds of "
        "ten to one. The opponents stay the same over the run. Bands hold 95 % intervals; where "
        "games set no bound (`>` or `<` in the table) a band ends where the prior does."
    )
    return page.section("ladder", "Elo and knowledge over training", page.paragraph(text), *parts)


def _ratings(ladder: Ladder, again: str) -> list[str]:
    figure = panels(elo_panels(ladder), columns=2, height=3.9, shared_legend=True)
    zero = rung_label(ladder.zero_point)
    caption = f"{ladder.games} games count; Elo 0 is {zero}. Level lines: opponents, as rated here."
    if ladder.set_aside:
        caption += (
            f" {len(ladder.set_aside)} games against GNU Go are set aside: its own verdict names "
            "another winner than the count of the board, or a fault ended them."
        )
    rows = [
        [
            rung_label(row.name),
            "–" if row.net is None else f"{row.net.positions:,}",
            "–" if row.net is None else f"{row.net.core_hours:.2f}",
            f"{row.wins}–{row.draws}–{row.losses}",
            row.elo_text,
        ]
        for row in ladder.rated
    ]
    head = ("player", "positions", "core-hours", "won–drawn–lost", "Elo")
    what = "Elo of the networks over positions and over core-hours, with intervals"
    parts = [page.figure(to_svg(figure, "ladder"), what, caption, again), page.table(head, rows)]
    if ladder.set_aside:
        lines = "\n".join(
            f"{rung_label(black)} (Black) - {rung_label(white)} (White): {why}  [{game}]"
            for game, black, white, why in ladder.set_aside
        )
        parts.append(page.details("Games set aside", page.preformatted(lines)))
    return parts


def _knowledge(knowledge: Sequence[Knowledge], again: str) -> str:
    drawn = [_tactics_panel(knowledge, kind) for kind in TACTICS]
    drawn += [panel for panel in _other_panels(knowledge) if panel.curves[0].xs]
    counts = {kind: knowledge[-1].tactics[kind].probes for kind in TACTICS}
    caption = (
        "Without search. Tactics: how often the likeliest move is a right answer by the written "
        "definitions of the program's concepts, over "
        + ", ".join(f"{count} positions ({kind})" for kind, count in counts.items())
        + "; dashed: what choosing uniformly among legal moves would get."
    )
    svg = to_svg(panels(drawn, columns=3, height=2.5), "knowledge")
    what = "Tactics solved and other knowledge over training, with intervals"
    return page.figure(svg, what, caption, again)


def _tactics_panel(knowledge: Sequence[Knowledge], kind: str) -> Panel:
    asked = [k for k in knowledge if k.tactics[kind].probes]
    chance = [k.tactics[kind].chance for k in asked[:1]]

    def result(k: Knowledge) -> tuple[float, int]:
        solved: Solved = k.tactics[kind]
        return solved.solved, solved.probes

    curves = [_share_curve(asked, result), Curve("", "control", (), chance, style="--")]
    return Panel(_TITLES[kind], curves, share=True)


def _other_panels(knowledge: Sequence[Knowledge]) -> Iterable[Panel]:
    """Panels of what only some runs are asked; their first curve is empty where nobody was."""
    with_expert = [k for k in knowledge if k.expert is not None]
    for best in (1, 3):

        def hits(k: Knowledge, best: int = best) -> tuple[float, int]:
            assert k.expert is not None
            share = k.expert.top1 if best == 1 else k.expert.top3
            return share * k.expert.positions, k.expert.positions

        title = "Expert's move is likeliest" if best == 1 else "Expert's move in top three"
        yield Panel(title, [_share_curve(with_expert, hits)], share=True)
    for title, part, number, share in _NUMBERS:
        yield _panel(title, knowledge, part, number, share)
    solved = [k for k in knowledge if k.exact is not None]

    def right(k: Knowledge) -> tuple[float, int]:
        assert k.exact is not None
        return k.exact.right, k.exact.positions

    yield Panel("Proved winner named", [_share_curve(solved, right)], share=True)
    games = [(k.positions, k.played) for k in knowledge if k.played is not None]
    yield Panel(
        "Ends its games as perfect play does",
        [
            Curve(
                "",
                "zero",
                [float(positions) for positions, _ in games],
                [played.right / len(played.margins) for _, played in games],
                marked=True,
                width=1.4,
            )
        ],
        share=True,
    )


def _panel(
    title: str, knowledge: Sequence[Knowledge], part: str, number: str, share: bool
) -> Panel:
    """The numbers of one name in one part of what the networks were asked."""
    asked = [(k.positions, getattr(k, part)) for k in knowledge if getattr(k, part) is not None]
    xs = [float(positions) for positions, _ in asked]
    ys = [float(getattr(answers, number)) for _, answers in asked]
    return Panel(title, [Curve("", "zero", xs, ys, marked=True, width=1.4)], share=share)


def _share_curve(
    knowledge: Sequence[Knowledge], result: Callable[[Knowledge], tuple[float, int]]
) -> Curve:
    """Shares with Wilson's intervals; `result` gives hits and of how many."""
    shares = [wilson_interval(*result(k)) for k in knowledge]
    return Curve(
        "",
        "zero",
        [float(k.positions) for k in knowledge],
        [share.estimate for share in shares],
        [share.low for share in shares],
        [share.high for share in shares],
        marked=True,
        width=1.4,
        band=True,
    )
