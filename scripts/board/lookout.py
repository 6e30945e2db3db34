"""What is found out about the position on the screen while the person looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scripts.board.analyst import Analyst
from scripts.board.scene import OVERLAYS, Findings
from scripts.board.thinker import Thinker

if TYPE_CHECKING:
    from scripts.board.host import Host

__all__ = ["Lookout"]


class Lookout:
    """Overlays, and the search that goes on while the person thinks.

    Attributes:
        findings: about the position shown.
        overlay: which of `scene.OVERLAYS` is wanted, by name.
        is_on: whether to search all the time.
    """

    def __init__(self, desk: Host, analyst: Analyst, thinker: Thinker) -> None:
        self.findings = Findings()
        self.overlay = "none"
        self.is_on = False
        self._desk, self._analyst, self._thinker = desk, analyst, thinker

    def forget(self) -> None:
        """The position is another one."""
        self.findings = Findings()

    def see(self, number: int) -> None:
        """Put an overlay on the board, or take it off again; numbers as in `OVERLAYS`."""
        if number not in OVERLAYS:
            return
        name, words = OVERLAYS[number]
        self.overlay = "none" if name == self.overlay else name
        self._desk.headline = "" if self.overlay == "none" else f"{name.capitalize()}: {words}."
        self.findings.words = ""
        self._restart()

    def toggle(self) -> None:
        """Think along, or stop it at once."""
        self.is_on = not self.is_on
        self._desk.headline = "Thinking along; t stops it." if self.is_on else ""
        self._restart()

    def step_line(self, step: int) -> None:
        """Lay one more move of the expected line on the board, or one less.

        Raises:
            ValueError: if no line has been searched.
        """
        decision = self.findings.decision
        if decision is None:
            raise ValueError("no line has been read yet; t thinks along")
        steps = self.findings.pv_step + step
        self.findings.pv_step = min(max(steps, 0), len(decision.pv))
        self._desk.show()

    def look(self) -> None:
        """Find out what the overlay and the live search still want to show, if anything."""
        session, found = self._desk.session, self.findings
        if self._desk.is_bot_thinking or session.state.is_over:
            return
        wants_sight = self.overlay in ("policy", "owner") and found.sight is None
        wants_told = self.overlay == "told" and found.told is None
        if not (wants_sight or wants_told or self.is_on):
            return
        state, analyst, node = session.state.copy(), self._analyst, session.node

        def job() -> Iterator[tuple[str, Any]]:
            if wants_told:
                yield "told", analyst.told_chances(state)
            if wants_sight:
                yield "sight", analyst.look(state)
            if self.is_on:
                for search in analyst.searches(state):
                    yield "search", search

        def took(answer: tuple[str, Any]) -> None:
            kind, value = answer
            if kind == "search":
                found.decision, found.rates = value
                session.note(value[0], node)
            else:
                setattr(found, kind, value)
            self._desk.show()

        self._thinker.ask(job, took, self._desk.failed)

    def _restart(self) -> None:
        if not self._desk.is_asked:  # a question's answer is worth waiting for; it looks then
            if not self._desk.is_bot_thinking:
                self._thinker.stop()
            self.look()
        self._desk.show()
