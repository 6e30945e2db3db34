"""The report's other sections: findings in, HTML out. Nothing here measures anything."""

from __future__ import annotations

import numpy as np

from selfplay.insight import page
from selfplay.insight.claim import claim_section
from selfplay.insight.findings import (
    Findings,
    duration,
    percent,
    search_words,
    short_name,
    top_move,
)
from selfplay.insight.ladder_section import ladder_section
from selfplay.insight.plots import Curve, Panel, boards, panels, to_svg
from selfplay.insight.probes import MIN_CHOICES, MIN_STONES, SAFE_LIBERTIES
from selfplay.insight.run_sections import learning_section, run_section, strength_section
from selfplay.insight.runs import series
from selfplay.insight.truth import TRUTHS

__all__ = ["write_page"]

_MAX_BOARDS = 7


def write_page(found: Findings) -> str:
    """The report as one HTML document."""
    parts = [
        _head(found),
        page.notes([f"Note: {warning}." for warning in found.warnings]),
        claim_section(found),
        _first_moves(found),
        _empty_board(found),
        strength_section(found),
        ladder_section(found.run.path, found.ladder, found.knowledge),
        learning_section(found),
        run_section(found),
        _method(found),
    ]
    return page.page(f"Untold: what {found.run.path.name} learned", "\n".join(filter(None, parts)))


# ---------------------------------------------------------------- the head


def _head(found: Findings) -> str:
    weights = found.run.config.initial_weights
    start = f"that began with the weights {weights}" if weights else "that began with nothing"
    games = found.run.last("games")
    played = "its games" if np.isnan(games) else f"{games:,.0f} games"
    vertex, prior = top_move(found.last.numbers)
    lead = (
        f"A network {start} was given the rules of Go on {found.board} and no move, no game and no "
        f"hint from anybody. It played {played} against itself ({found.last.positions:,} "
        f"positions, {duration(found.last.seconds)}) and learned from who won. Asked for the first "
        f"move it now says {vertex}, {percent(prior)} sure, and expects "
        f"{_expectation(found.last.empty_score)}."
    )
    if found.is_control:
        lead = (
            "This run is a control: the results of its games were shuffled before it learned from "
            "them, so that they say nothing. " + lead.replace("learned from who won", "learned")
        )
    return "\n".join(
        (
            "<header>",
            page.paragraph("Untold · report of a training run", "kicker"),
            f"<h1>What a network taught itself on {found.board}</h1>",
            page.paragraph(lead, "lead"),
            page.cards(_facts(found)),
            "</header>",
        )
    )


def _expectation(score: float) -> str:
    if abs(score) < 0.5:
        return "an even game before komi"
    side = "Black" if score > 0 else "White"
    return f"{side} to end {abs(score):.1f} points ahead, before komi"


def _facts(found: Findings) -> list[tuple[str, str]]:
    truth = TRUTHS.get(found.size)
    margin = "points ahead for Black on the empty board, it believes"
    before = percent(found.first.numbers.centre_prior)
    facts = [
        ("0", "labels seen: moves that anybody showed it"),
        (
            percent(found.last.numbers.centre_prior),
            f"of its prior on the centre; {before} before training",
        ),
        (f"{found.last.empty_score:+.1f}", margin + (f"; {truth.words}" if truth else "")),
    ]
    return facts + _wins(found)


def _wins(found: Findings) -> list[tuple[str, str]]:
    """The network's results as it is now: of matches played elsewhere if there are, else of those
    over training."""
    played = [
        (match, short_name(match.b), f"as {short_name(match.a)}")
        for match in found.matches
        if match.a.startswith("zero")
    ] or [
        (point.result, point.anchor, search_words(found))
        for point in found.strength
        if point.positions == found.last.positions
    ]
    return [
        (
            percent(result.pair_score.estimate),
            f"of {result.pairs} pairs of games won against {opponent}, {how}",
        )
        for result, opponent, how in played
        if result.pairs
    ]


# ---------------------------------------------------------------- first moves


def _first_moves(found: Findings) -> str:
    wanted = np.linspace(0, len(found.milestones) - 1, min(_MAX_BOARDS, len(found.milestones)))
    chosen = [found.milestones[round(i)] for i in wanted]
    maps, captions = [], []
    for milestone in chosen:
        moves = milestone.numbers.first_moves
        maps.append(np.array(moves[:-1]).reshape(found.size, found.size))
        vertex, prior = top_move(milestone.numbers)
        captions.append(f"{_short_count(milestone.positions)}\n{vertex} {percent(prior)}")
    text = (
        "Where the network would open, at a glance, before its first game and after ever more of "
        "them. A stone's area is the probability of the point."
    )
    caption = (
        "Below each board: self-play positions so far, the likeliest move and its probability "
        f"(averaged over the board's eight symmetries, komi {found.yardstick.rules.komi:g})."
    )
    truth = TRUTHS.get(found.size)
    if truth is not None and truth.opening:
        caption += f" Proved best opening: {truth.opening}."
    svg = to_svg(boards(maps, captions), "first-moves")
    what = "Probability of each first move over training, as a row of boards"
    return page.section(
        "first-moves",
        "The first move",
        page.paragraph(text),
        page.figure(svg, what, caption, found.command),
    )


def _short_count(positions: int) -> str:
    if positions == 0:
        return "at the start"
    if positions < 1000:
        return f"{positions} positions"
    return f"{positions / 1e6:.1f}M" if positions >= 999_500 else f"{positions / 1e3:.0f}k"


# ---------------------------------------------------------------- the empty board


def _empty_board(found: Findings) -> str:
    komi, truth = found.yardstick.rules.komi, TRUTHS.get(found.size)
    score = Curve("this network", "zero", *_over_training(found, "empty_score"))
    value = Curve("this network", "zero", *_over_training(found, "empty_value"))
    scores, values = [score], [value]
    text = (
        "How far ahead the network believes Black to end, and how likely Black is to win at komi "
        f"{komi:g}, asked about the empty board without search."
    )
    if truth is not None:
        known = "proved" if truth.proved else "believed"
        scores.append(Curve(truth.words, "truth", (), (float(truth.margin),), style="--"))
        result = float(np.sign(truth.margin - komi) + 1) / 2
        values.append(Curve(f"{known} result", "truth", (), (result,), style="--"))
        text += f" For {found.board} the margin is {known}: {truth.margin:+d} ({truth.source})."
    else:
        text += f" Nobody knows the true margin on {found.board}."
    drawn = panels(
        [
            Panel("Black's margin, points before komi", scores, legend=truth is not None),
            Panel(f"Black's share of wins, komi {komi:g}", values, share=True),
        ],
        columns=2,
    )
    now = found.last
    caption = (
        f"Now: {now.empty_score:+.1f} points and {percent(now.empty_value)}. Before training: "
        f"{found.first.empty_score:+.1f} and {percent(found.first.empty_value)}."
    )
    what = "Margin and value of the empty board over training"
    svg = to_svg(drawn, "empty-board")
    return page.section(
        "empty-board",
        "The empty board",
        page.paragraph(text),
        page.figure(svg, what, caption, found.command),
    )


def _over_training(found: Findings, name: str) -> tuple[list[float], list[float]]:
    """A number about the empty board: from every iteration's metrics, else from the networks kept.

    The metrics ask at the run's own komi, which is the yardstick's too.
    """
    first = [float(found.first.positions)], [float(getattr(found.first, name))]
    xs, ys = series(found.run.metrics, name)
    if not xs:
        rest = found.milestones[1:]
        xs, ys = [float(m.positions) for m in rest], [float(getattr(m, name)) for m in rest]
    return first[0] + xs, first[1] + ys


# ---------------------------------------------------------------- how


def _method(found: Findings) -> str:
    probes = found.yardstick.num_probes
    texts = [
        "Labels are moves that somebody else chose: an expert, another program. This network's "
        "training reads its own games and nothing else, and the program's import contracts keep "
        "the code that learns from expert games, and the features that people designed, out of "
        "its reach. What it aims at (the winner, the margin, who owns each point) follows from "
        "the rules.",
        f"Takes {MIN_STONES} stones or more: positions from random games in which some legal move "
        f"takes {MIN_STONES} stones or more at once. That a move takes them is a fact of the "
        "rules; that it is best is not claimed.",
        f"Saves its chain: a chain of {MIN_STONES} stones or more is in atari, the opponent could "
        f"take it next, and some legal move gives it {SAFE_LIBERTIES} liberties or more, so that "
        "no single move puts it in atari again. Counted is how often the likeliest move is such a "
        "move.",
        f"Up to {probes} probes of each kind, the same for every player, from seeded random games; "
        f"each has at least {MIN_CHOICES} legal moves, and the komi that makes the board as it "
        "stands a draw, so that the stones in question matter. They measure and are never learned "
        "from. Brackets hold 95 % intervals (Wilson).",
        "Expert games, where given, only measure: agreement is the share of an expert's moves "
        "that are the player's likeliest (or among its three likeliest).",
        "Core-seconds count one core for each self-play process over the whole run; the learner "
        "shares those cores.",
    ]
    return page.section("method", "How it was measured", *(page.paragraph(t) for t in texts))
