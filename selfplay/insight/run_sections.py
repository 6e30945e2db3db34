"""The report's sections on the run itself: strength, losses and settings."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from agents.arena import MatchResult
from agents.net import load_net
from selfplay.insight import page
from selfplay.insight.findings import Findings, duration, search_words, share_text, short_name
from selfplay.insight.plots import Curve, Panel, panels, to_svg
from selfplay.insight.runs import series
from selfplay.insight.strength import StrengthPoint
from selfplay.settings import config_to_dict

__all__ = ["learning_section", "run_section", "strength_section"]

_ANCHOR_COLORS = {"random": "control", "told": "told"}


# ---------------------------------------------------------------- strength


def strength_section(found: Findings) -> str:
    text = (
        "Snapshots of the network against opponents that stay the same. A pair is two games from "
        "one random opening with colours swapped; it goes to whoever is ahead over both, so komi "
        f"cancels. All networks play {search_words(found)}."
    )
    parts = [page.paragraph(text)]
    if found.strength:
        parts.append(_strength_figure(found))
        parts.append(_strength_table(found.strength))
        words = "In each cell: share of pairs won with its 95 % interval, of how many pairs that "
        parts.append(page.paragraph(words + "count, and points a game.", "small"))
    else:
        parts.append(page.notes(["No matches were asked for (`--pairs 0`)."]))
    if found.matches:
        parts.append(page.paragraph("Other matches of this run:"))
        parts.append(_match_table(found.matches))
    return page.section("strength", "Strength over training", *parts)


def _strength_figure(found: Findings) -> str:
    anchors = list(dict.fromkeys(point.anchor for point in found.strength))
    shift = found.last.positions / 150
    curves = []
    for number, anchor in enumerate(anchors):
        color = _ANCHOR_COLORS.get(anchor, "other")
        points = [p for p in found.strength if p.anchor == anchor and p.result.pairs]
        scores = [p.result.pair_score for p in points]
        curves.append(
            Curve(
                f"against {anchor}",
                color,
                [p.positions + shift * (number - (len(anchors) - 1) / 2) for p in points],
                [s.estimate for s in scores],
                [s.low for s in scores],
                [s.high for s in scores],
                marked=True,
                width=1.2,
            )
        )
    panel = Panel("Share of pairs won", curves, share=True)
    drawn = panels([panel], 1, height=3.7, shared_legend=True)
    pairs = max(point.result.pairs for point in found.strength)
    caption = (
        f"Up to {pairs} pairs a dot, games that repeat another left out; bars are 95 % intervals "
        "(Wilson). Few pairs make wide bars: `--pairs 100` narrows them."
    )
    what = "Share of pairs won against each opponent over training, with intervals"
    return page.figure(to_svg(drawn, "strength"), what, caption, found.command)


def _strength_table(points: Sequence[StrengthPoint]) -> str:
    anchors = list(dict.fromkeys(point.anchor for point in points))
    cells = {(p.positions, p.anchor): _cell(p.result) for p in points}
    rows = [
        [f"{positions:,}", *(cells.get((positions, anchor), "–") for anchor in anchors)]
        for positions in dict.fromkeys(point.positions for point in points)
    ]
    return page.table(("network at positions", *(f"against {a}" for a in anchors)), rows)


def _cell(result: MatchResult) -> str:
    if not result.pairs:
        return "no whole pair"
    return f"{share_text(result.pair_score)} of {result.pairs}, {result.mean_margin:+.1f}"


def _match_table(matches: Sequence[MatchResult]) -> str:
    head = ("match", "pairs won", "pairs", "games won–drawn–lost", "points a game", "duplicates")
    rows = [
        [
            f"{short_name(m.a)} against {short_name(m.b)}",
            share_text(m.pair_score),
            str(m.pairs),
            f"{m.wins}–{m.draws}–{m.losses}",
            f"{m.mean_margin:+.1f}",
            str(m.duplicates),
        ]
        for m in matches
    ]
    return page.table(head, rows)


# ---------------------------------------------------------------- learning


def learning_section(found: Findings) -> str:
    metrics = found.run.metrics
    if not metrics:
        return ""

    def curve(name: str, label: str, color: str) -> Curve:
        return Curve(label, color, *series(metrics, name))

    drawn = panels(
        [
            Panel(
                "Losses on moves, nats",
                [
                    curve("losses.policy", "the search's move", "zero"),
                    curve("losses.reply", "the opponent's reply", "told"),
                ],
                legend=True,
            ),
            Panel(
                "Losses on outcomes",
                [
                    curve("losses.result", "who wins (nats)", "zero"),
                    curve("losses.score", "by how much", "told"),
                    curve("losses.ownership", "whose each point is", "truth"),
                ],
                legend=True,
            ),
            Panel("Moves in a game", [curve("game_length", "", "zero")]),
            Panel("Black's wins in its own games", [curve("black_wins", "", "zero")], share=True),
        ],
        columns=2,
    )
    caption = (
        "One value an iteration, from the run's `metrics.jsonl`. A loss on moves is how far the "
        "network is from what the search found (Kullback-Leibler): it rises whenever the search "
        "finds something new, so it need not fall all the time. Komi is drawn anew for each game."
    )
    what = "Losses, length of games and Black's share of wins over training"
    svg = to_svg(drawn, "learning")
    return page.section("learning", "Learning", page.figure(svg, what, caption, found.command))


# ---------------------------------------------------------------- the run


def run_section(found: Findings) -> str:
    run, config = found.run, found.run.config
    net, game, cores = config.net, config.game, max(1, config.workers)
    seconds, evaluations = run.last("seconds"), run.last("evaluations")
    weights = sum(p.numel() for p in load_net(run.final.path).parameters())
    rows = [
        ("folder", str(run.path)),
        ("board", found.board),
        ("komi in self-play", f"{game.komi_low:g} to {game.komi_high:g}, middle {game.komi:g}"),
        ("network", f"{net.blocks} blocks of {net.channels} channels, {weights:,} weights"),
        ("search in self-play", f"Gumbel, {config.search.num_simulations} simulations a move"),
        ("seed", str(config.seed)),
        ("games against itself", _number(run.last("games"))),
        ("positions", _number(run.last("positions"))),
        ("network evaluations in self-play", _number(evaluations)),
        ("learner's steps", _number(run.last("steps"))),
        ("wall-clock time", duration(seconds)),
        ("core-seconds", f"{_number(seconds * cores)} (wall-clock seconds × {cores})"),
        ("labels seen", "0"),
    ]
    settings = json.dumps(config_to_dict(config), indent=1)
    every = page.details("All settings", page.preformatted(settings))
    return page.section(
        "run",
        "The run",
        page.facts(rows),
        every,
    )


def _number(value: float) -> str:
    return "unknown" if np.isnan(value) else f"{value:,.0f}"
