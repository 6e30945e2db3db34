"""GTP's analysis commands: reports while the search goes on.

The plain forms go on until any input comes; the `genmove` forms end with a move. Both send `=` at
once, then the reports, and a blank line at the end.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from agents.analysis import Analysis, Analyst, MoveAnalysis, Snapshot
from agents.base import RESIGN, Agent, Decision
from agents.gtp.commands import Command, GameCommands
from agents.gtp.gogui import VIEWS, analyze_commands, draw
from agents.gtp.moves import MoveCommands
from agents.gtp.passing import sensible_move
from agents.gtp.reports import (
    AnalyzeRequest,
    cgos_report,
    kata_report,
    lz_report,
    read_request,
)
from go_engine.state import GameState

__all__ = ["Patience", "StreamCommands"]

Patience = Callable[[float], bool]
"""Whether further input is there, waiting for it so many seconds."""

Form = Literal["lz", "kata", "cgos"]
"""Whose format the reports have."""

Streaming = Callable[[list[str], Patience], Iterator[str]]

_SLICE: Final = 0.05  # seconds between two looks for input
_ENDLESS: Final = 1_000_000_000
_DONE: Final = 60.0  # seconds of one wait when there is nothing more to search


class StreamCommands:
    """The analysis of one game, for commands that stream it and commands that draw it.

    Attributes:
        streaming: the commands that answer piece by piece, by name.
    """

    def __init__(
        self, table: GameCommands, player: MoveCommands, make: Callable[[Agent], Analyst]
    ) -> None:
        """`make` wraps the player's agent, when an analysis is first asked for."""
        self._table, self._player, self._make = table, player, make
        self._analyst: tuple[Agent, Analyst] | None = None
        self._last: tuple[object, Analysis] | None = None
        self.streaming: Mapping[str, Streaming] = {
            "analyze": partial(self._analyze, "kata"),
            "lz-analyze": partial(self._analyze, "lz"),
            "kata-analyze": partial(self._analyze, "kata"),
            "genmove_analyze": partial(self._genmove, "kata"),
            "lz-genmove_analyze": partial(self._genmove, "lz"),
            "kata-genmove_analyze": partial(self._genmove, "kata"),
            "cgos-genmove_analyze": partial(self._genmove, "cgos"),
        }

    def pictures(self) -> dict[str, Command]:
        """GoGui's commands, by name."""
        draws: dict[str, Command] = {
            name: partial(self._draw, name) for name in (*VIEWS, "untold-told")
        }
        return {"gogui-analyze_commands": lambda _: analyze_commands(self.analyst()), **draws}

    def analyst(self) -> Analyst:
        """Who analyses.

        Raises:
            AgentError: if the agent cannot be made.
        """
        agent = self._player.load()
        if self._analyst is None or self._analyst[0] is not agent:
            self._analyst, self._last = (agent, self._make(agent)), None
        return self._analyst[1]

    def _draw(self, name: str, words: list[str]) -> str:
        analyst = self.analyst()
        return draw(name, words, analyst, self._table.game.for_move(self._table.state.to_play))

    # ---------------------------------------------------------------- analysing

    def _begin(self, request: AnalyzeRequest) -> tuple[GameState, Analysis]:
        """The position asked about and its analysis; the last one goes on if it was about that."""
        game = self._table.game
        color = self._table.state.to_play if request.color is None else request.color
        state = game.for_move(color)
        allowed = request.candidates(color, state.rules.num_points)
        start = state.initial_stones().tobytes(), state.initial_to_play
        question = (state.rules, start, state.history, allowed)
        analyst = self.analyst()
        if self._last is None or self._last[0] != question:
            self._last = question, analyst.analyse(state, allowed)
        return state, self._last[1]

    def _analyze(self, form: Form, words: list[str], is_interrupted: Patience) -> Iterator[str]:
        request = read_request(words, self._table.size)
        state, analysis = self._begin(request)
        write = self._writer(form, request, state)
        yield ""
        has_reported = False
        for snapshot, is_due in _slices(analysis, request.interval, is_interrupted):
            if is_due or not has_reported:
                has_reported = True
                yield write(snapshot)

    def _genmove(self, form: Form, words: list[str], _: Patience) -> Iterator[str]:
        """Neither input nor its end stops it: it is a `genmove` that thinks aloud."""
        request = read_request(words, self._table.size)
        color = self._table.state.to_play if request.color is None else request.color
        request = dataclasses.replace(request, color=color)
        limits = self._player.limits_for(color)
        visits = self.analyst().visits_for(limits)
        if visits is None:  # no search to look into
            state, decision = self._player.decide(color)
            yield self._writer(form, request, state, with_glance=False)(_as_snapshot(decision))
            yield f"play {self._player.play(color, decision.move)}\n"
            return
        state, analysis = self._begin(request)
        write = self._writer(form, request, state)
        yield ""
        deadline = time.monotonic() + (math.inf if limits.seconds is None else limits.seconds)
        snapshot = analysis.advance(1)
        while snapshot.visits < visits and not snapshot.is_complete:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            snapshot = analysis.advance(visits, min(left, request.interval))
            yield write(snapshot)
        order = [move.move for move in snapshot.moves if move.visits > 0]
        chosen = order[0] if order else snapshot.moves[0].move
        if not self._table.game.with_turn(color).is_legal(chosen):  # superko, out of turn
            chosen = self._player.decide(color)[1].move
        move = sensible_move(state, chosen, order)
        yield f"{write(snapshot)}play {self._player.play(color, move)}\n"

    def _writer(
        self,
        form: Form,
        request: AnalyzeRequest,
        state: GameState,
        with_glance: bool = True,
    ) -> Callable[[Snapshot], str]:
        """What turns snapshots into lines."""
        size = state.rules.board_size
        ownership: NDArray[np.float64] | None = None
        asked = form == "cgos" or (form == "kata" and request.ownership)
        if asked and with_glance:
            ownership = self.analyst().glance(state).ownership

        def write(snapshot: Snapshot) -> str:
            if form == "kata":
                line = kata_report(snapshot, request, size, ownership)
            elif form == "cgos":
                line = cgos_report(snapshot, request, size, ownership)
            else:
                line = lz_report(snapshot, request, size)
            return f"{line}\n" if line else ""

        return write


def _slices(
    analysis: Analysis, interval: float, is_interrupted: Patience
) -> Iterator[tuple[Snapshot, bool]]:
    """Snapshots until there is input, and whether each is due for a report; the first always is.

    Raises:
        AgentError: if the search cannot go on.
    """
    due = time.monotonic() + interval
    analysis.advance(2)  # so that there is a move to tell of, however soon the input comes
    while True:
        left = due - time.monotonic()
        snapshot = analysis.advance(_ENDLESS, max(0.0, min(_SLICE, left)))
        is_due = time.monotonic() >= due
        if is_due:
            due = time.monotonic() + interval
        is_stopped = is_interrupted(0.0)
        yield snapshot, is_due or is_stopped or snapshot.is_complete
        while snapshot.is_complete and not is_stopped:
            is_stopped = is_interrupted(_DONE)
        if is_stopped:
            return


def _as_snapshot(decision: Decision) -> Snapshot:
    """What an agent without an open search says about its move."""
    if decision.move == RESIGN:
        return Snapshot(0, decision.value, decision.score, None, ())
    total = max(1, sum(decision.visits.values()))
    moves = [decision.move, *(move for move in decision.visits if move != decision.move)]
    found = tuple(
        MoveAnalysis(
            move=move,
            visits=decision.visits.get(move, 0) or int(move == decision.move),
            prior=decision.visits.get(move, 0) / total,
            value=decision.value if move == decision.move else None,
            lead=decision.score if move == decision.move else None,
            pv=decision.pv if move == decision.move else (move,),
        )
        for move in moves
    )
    return Snapshot(total, decision.value, decision.score, None, found, is_complete=True)
