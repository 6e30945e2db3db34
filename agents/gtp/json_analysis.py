"""KataGo's JSON analysis protocol: queries come in at any time, answers when they are ready.

One position is searched at a time, in slices, between which new lines are read; so a search can be
ended from outside, and reports on itself. The protocol is described in KataGo's
"Analysis_Engine.md".
"""

from __future__ import annotations

import heapq
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from agents.analysis import Analysis, Analyst, Snapshot
from agents.base import AgentError
from agents.gtp.answers import full_answer
from agents.gtp.lines import Lines, TooLongError
from agents.gtp.queries import Query, QueryError, parse_line, read_query
from go_engine.state import GameState

__all__ = ["JsonAnalysis", "serve_json"]

Answer = dict[str, Any]

_MAX_LINE: Final = 1 << 20  # bytes; ten thousand moves take some 150,000
_MOST_JOBS: Final = 100_000
_SLICE: Final = 0.05  # seconds between two looks for input


@dataclass(order=True, slots=True)
class _Job:
    """One position of a query; the smallest is the most urgent."""

    urgency: tuple[int, int]  # priority, negative; number
    query: Query = field(compare=False)
    turn: int = field(compare=False)
    is_ended: bool = field(default=False, compare=False)


@dataclass(slots=True)
class _Search:
    """The job that is being done."""

    job: _Job
    state: GameState
    analysis: Analysis
    visits: int
    deadline: float
    due: float  # when to report next
    snapshot: Snapshot | None = None


class JsonAnalysis:
    """The queries that wait, and the analysis of one position after the other."""

    def __init__(
        self, make: Callable[[], Analyst], *, visits: int, version: str, name: str = ""
    ) -> None:
        """
        Args:
            make: called when the first position is analysed.
            visits: of a position whose query does not say how many.
            version: what `query_version` answers.
            name: of the network or agent, for `query_models`.
        """
        self._make = make
        self._analyst: Analyst | None = None
        self._visits = visits
        self._version = version
        self._name = name
        self._waiting: list[_Job] = []
        self._numbers = itertools.count()
        self._search: _Search | None = None

    @property
    def is_busy(self) -> bool:
        """Whether there is work to do."""
        return bool(self._waiting) or self._search is not None

    # ---------------------------------------------------------------- lines

    def take(self, line: bytes) -> Iterator[Answer]:
        """What is to be said at once about a line: errors, warnings, answers to actions."""
        if not line.strip():
            return
        name: str | None = None
        try:
            fields = parse_line(line)
            if not isinstance(fields.get("id"), str):
                raise QueryError('Request must have a string "id" field')
            name = fields["id"]
            if "action" in fields:
                yield from self._act(fields)
            else:
                yield from self._enqueue(read_query(fields))
        except QueryError as error:
            yield _error(str(error), name, error.field)

    def _enqueue(self, query: Query) -> Iterator[Answer]:
        if len(self._waiting) + len(query.turns) > _MOST_JOBS:
            raise QueryError("Too many positions are waiting already")
        query.position(max(query.turns))  # whatever is wrong with the moves is said at once
        for message, name in query.warnings:
            yield {"warning": message, "field": name, "id": query.id}
        for turn, priority in zip(query.turns, query.priorities, strict=True):
            heapq.heappush(self._waiting, _Job((-priority, next(self._numbers)), query, turn))

    def _act(self, fields: Mapping[str, Any]) -> Iterator[Answer]:
        action = fields["action"]
        if action == "query_version":
            yield {**fields, "version": self._version, "git_hash": "<omitted>"}
        elif action == "query_models":
            yield {**fields, "models": [{"name": self._name, "internalName": self._name}]}
        elif action == "clear_cache":
            yield dict(fields)  # nothing outlives the position that is being searched
        elif action in ("terminate", "terminate_all"):
            ended = self._terminate(fields, is_all=action == "terminate_all")
            yield dict(fields)
            yield from ended
        else:
            raise QueryError("Unknown action", "action")

    def _terminate(self, fields: Mapping[str, Any], is_all: bool) -> list[Answer]:
        """End jobs; the answers of those not begun. The one that is running answers by itself."""
        name, turns = fields.get("terminateId"), fields.get("turnNumbers")
        if not is_all and not isinstance(name, str):
            raise QueryError("Requests for terminate must have a string terminateId", "terminateId")
        if turns is not None and not isinstance(turns, list):
            raise QueryError("Must be an array of integers", "turnNumbers")

        def is_meant(job: _Job) -> bool:
            return (is_all or job.query.id == name) and (turns is None or job.turn in turns)

        ended = sorted(job for job in self._waiting if is_meant(job))
        self._waiting = [job for job in self._waiting if not is_meant(job)]
        heapq.heapify(self._waiting)
        if self._search is not None and is_meant(self._search.job):
            self._search.job.is_ended = True
        return [_no_results(job) for job in ended]

    # ---------------------------------------------------------------- searching

    def work(self) -> Iterator[Answer]:
        """Search for a moment; the answers that come of it."""
        if self._search is None:
            if not self._waiting:
                return
            job = heapq.heappop(self._waiting)
            try:
                self._search = self._begin(job)
            except (AgentError, QueryError) as error:
                yield _error(str(error), job.query.id, getattr(error, "field", ""))
                return
        search = self._search
        try:
            yield from self._go_on(search)
        except AgentError as error:
            self._search = None
            yield _error(str(error), search.job.query.id)

    def _begin(self, job: _Job) -> _Search:
        if self._analyst is None:
            self._analyst = self._make()
        query, state = job.query, job.query.position(job.turn)
        now = time.monotonic()
        return _Search(
            job=job,
            state=state,
            analysis=self._analyst.analyse(state, query.candidates(state.to_play)),
            visits=query.visits or self._visits,
            deadline=now + query.seconds,
            due=now + (query.report_every or 0.0),
        )

    def _go_on(self, search: _Search) -> Iterator[Answer]:
        query = search.job.query
        now = time.monotonic()
        if not search.job.is_ended:
            left = max(0.0, min(_SLICE, search.deadline - now))
            search.snapshot = search.analysis.advance(search.visits, left)
        snapshot = search.snapshot
        now = time.monotonic()
        if snapshot is None:  # ended before the first visit
            self._search = None
            yield _no_results(search.job)
            return
        is_done = (
            search.job.is_ended
            or snapshot.is_complete
            or snapshot.visits >= search.visits
            or now >= search.deadline
        )
        if is_done:
            self._search = None
        if is_done or (query.report_every is not None and now >= search.due):
            search.due = now + (query.report_every or 0.0)
            assert self._analyst is not None
            yield full_answer(
                query, search.job.turn, search.state, snapshot, self._analyst, is_final=is_done
            )


def _no_results(job: _Job) -> Answer:
    return {
        "id": job.query.id,
        "isDuringSearch": False,
        "noResults": True,
        "turnNumber": job.turn,
    }


def _error(message: str, name: str | None = None, where: str = "") -> Answer:
    """As KataGo words it: with the field where one is at fault, with the id where it is known."""
    answer: Answer = {"error": " ".join(message.split())}
    if where:
        answer["field"] = where
    if name is not None:
        answer["id"] = name
    return answer


def serve_json(engine: JsonAnalysis, queries: BinaryIO, answers: BinaryIO) -> None:
    """Answer the lines of `queries` until they end and all work is done.

    Raises:
        BrokenPipeError: if nobody reads the answers any more.
    """
    lines = Lines(queries, _MAX_LINE)
    is_open = True
    while is_open or engine.is_busy:
        while is_open and (not engine.is_busy or lines.has_line()):
            try:
                line = lines.next()
            except TooLongError as error:
                _write(answers, _error(str(error)))
                continue
            is_open = line is not None
            for answer in engine.take(line or b""):
                _write(answers, answer)
        for answer in engine.work():
            _write(answers, answer)


def _write(answers: BinaryIO, answer: Answer) -> None:
    answers.write(json.dumps(answer, allow_nan=False, separators=(",", ":")).encode() + b"\n")
    answers.flush()
