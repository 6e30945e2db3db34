"""The claim page: what the network knows over training, beside the told agent and the control."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.arena import wilson_interval
from selfplay.insight import page
from selfplay.insight.findings import Findings, percent, share_text
from selfplay.insight.measure import Milestone, Numbers
from selfplay.insight.plots import Curve, Panel, panels, to_svg
from selfplay.insight.probes import MIN_STONES, Solved

__all__ = ["claim_section"]


def _caption(found: Findings) -> str:
    lines = ["Blue: this network, over its games against itself."]
    if found.told.numbers is not None:
        lines.append("Orange: the told agent.")
    if found.control is not None:
        lines.append("Grey: the control, trained on shuffled results.")
    lines.append("Dotted: a player that gives every legal move the same chance.")
    return " ".join(lines)


@dataclass(frozen=True, slots=True)
class _Question:
    """One thing asked of every player: a title, the answer as a share, and what a player gets that
    gives every legal move the same chance (None where nobody reckoned it)."""

    title: str
    answer: Callable[[Numbers], float]
    chance: float | None


def claim_section(found: Findings) -> str:
    """The section of the report that puts the untold, the told and the control side by side."""
    text = (
        "Does a network learn moves that nobody told it? The same questions are put to this "
        "network over its training, to the told agent, which was built from features that people "
        "designed and moves that experts played, and to a control network whose games' results "
        "were shuffled, so that winning taught it nothing. All answer at a glance, without search."
    )
    drawn = _panels(found)
    svg = to_svg(panels(drawn, 3 if len(drawn) == 3 else 2, shared_legend=True), "claim")
    what = "What the network knows over training, beside the told agent and the control"
    return page.section(
        "claim",
        "The claim: moves learned without being told",
        page.paragraph(text),
        page.figure(svg, what, _caption(found), found.command),
        _table(found),
        page.paragraph(_words(found)),
        page.notes(_notes(found)),
    )


def _questions(found: Findings) -> list[_Question]:
    numbers = found.last.numbers
    uniform = 1 / len(numbers.first_moves)
    centre = 1 if found.size % 2 else 4
    questions = [
        _Question("Prior on the centre", lambda n: n.centre_prior, centre * uniform),
        _Question(
            f"Takes {MIN_STONES} stones or more",
            lambda n: n.tactics["capture"].share,
            numbers.tactics["capture"].chance,
        ),
        _Question(
            "Saves its chain from atari",
            lambda n: n.tactics["escape"].share,
            numbers.tactics["escape"].chance,
        ),
    ]
    if numbers.expert is not None:
        questions.append(
            _Question(
                "Plays the expert's move",
                lambda n: n.expert.top1 if n.expert else math.nan,
                None,
            )
        )
    return questions


def _panels(found: Findings) -> list[Panel]:
    drawn = []
    for question in _questions(found):
        curves = []
        if question.chance is not None:
            curves.append(Curve("chance", "muted", (), (question.chance,), style=":"))
        if found.control is not None:
            curves.append(
                _curve("control", "control", _within(found.control.milestones, found), question)
            )
        if found.told.numbers is not None:
            curves.append(
                Curve("told", "told", (), (question.answer(found.told.numbers),), style="--")
            )
        curves.append(_curve("this network", "zero", found.milestones, question, marked=True))
        drawn.append(Panel(question.title, curves, share=True))
    return drawn


def _curve(
    label: str,
    color: str,
    milestones: Sequence[Milestone],
    question: _Question,
    marked: bool = False,
) -> Curve:
    pairs = [(m.positions, question.answer(m.numbers)) for m in milestones]
    known = [(x, y) for x, y in pairs if math.isfinite(y)]
    return Curve(label, color, [x for x, _ in known], [y for _, y in known], marked=marked)


def _within(milestones: Sequence[Milestone], found: Findings) -> list[Milestone]:
    """The control's milestones as far as this run has come (the first one at least)."""
    end = 1.05 * found.last.positions
    return [m for m in milestones if m.positions <= end] or list(milestones[:1])


# ---------------------------------------------------------------- the table


def _table(found: Findings) -> str:
    head = ["player", "labels seen", "centre prior", "takes stones", "saves a chain"]
    expert = found.last.numbers.expert is not None
    if expert:
        head += ["expert's move", "in its top 3"]
    rows = [
        _row("this network, at the start", "0", found.first.numbers, expert),
        _row("this network, now", "0", found.last.numbers, expert),
    ]
    if found.told.numbers is not None:
        labels = found.told.labels
        seen = "not stated" if labels is None else f"{labels:,}"
        rows.append(_row("told", seen, found.told.numbers, expert))
    if found.control is not None:
        rows.append(
            _row("control, shuffled results", "0", found.control.milestones[-1].numbers, expert)
        )
    chances = [q.chance for q in _questions(found)]
    cells = ["–" if chance is None else percent(chance) for chance in chances]
    rows.append(["chance", "", *cells, *(["–"] if expert else [])])
    return page.table(head, rows)


def _row(name: str, labels: str, numbers: Numbers, expert: bool) -> list[str]:
    tactics = [_solved(numbers.tactics[kind]) for kind in ("capture", "escape")]
    row = [name, labels, percent(numbers.centre_prior), *tactics]
    if expert:
        known = numbers.expert
        row += ["–", "–"] if known is None else [percent(known.top1), percent(known.top3)]
    return row


def _solved(solved: Solved) -> str:
    if not solved.probes:
        return "no probes"
    return f"{share_text(wilson_interval(solved.solved, solved.probes))}, N={solved.probes}"


# ---------------------------------------------------------------- words


def _words(found: Findings) -> str:
    before, now = found.first.numbers, found.last.numbers
    capture, was = now.tactics["capture"], before.tactics["capture"]
    sentences = [
        f"The network began with {percent(before.centre_prior)} of its prior on the centre and now "
        f"has {percent(now.centre_prior)} there."
    ]
    if capture.probes:
        sentences.append(
            f"It takes the stones in {capture.solved:.0f} of {capture.probes} positions where "
            f"{MIN_STONES} or more can be taken, against {was.solved:.0f} before training."
        )
    if found.told.numbers is not None and capture.probes:
        told = found.told.numbers.tactics["capture"]
        sentences.append(f"The told agent takes them in {told.solved:.0f}.")
    if found.control is not None:
        last = found.control.milestones[-1]
        sentences.append(
            f"The control, after {last.positions:,} positions of its own, has "
            f"{percent(last.numbers.centre_prior)} on the centre and takes the stones in "
            f"{last.numbers.tactics['capture'].solved:.0f}: it played against itself just so, but "
            "was not told truly who won."
        )
    return " ".join(sentences)


def _notes(found: Findings) -> list[str]:
    notes = []
    if found.is_control:
        notes.append("This run is itself a control: its results were shuffled.")
    if found.control is None:
        notes.append(f"The control has not been run for {found.board}, so it is not shown.")
    elif not found.yardstick.same_questions(found.control.yardstick):
        notes.append(
            "The control was measured on other probes or at another komi than this run; compare "
            "its curve with care."
        )
    if found.told.numbers is None:
        notes.append(f"The told agent is not shown: {found.told.missing}.")
    if found.last.numbers.expert is None:
        notes.append(
            "Agreement with experts was not measured: no expert games on this board size were "
            "given (`--expert-games`)."
        )
    elif found.told.numbers is not None:
        notes.append(
            "If the told agent learned from some of these expert games, its agreement flatters "
            "it: give games that were held back."
        )
    if found.run.config.initial_weights:
        notes.append(
            f"This run did not begin from nothing but from {found.run.config.initial_weights}; "
            "the labels it has seen are 0 only if those weights had seen none."
        )
    return notes
