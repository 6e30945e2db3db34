"""The commands of line mode that teach: hints, reasons, chances, reviews."""

from __future__ import annotations

from typing import Final

from go_engine.coords import vertex_to_move
from scripts.board.analyst import Analyst
from scripts.board.charts import (
    course,
    find_marks,
    ownership_map,
    policy_map,
    spoken_ownership,
    spoken_policy,
)
from scripts.board.review import judge, worst_moves
from scripts.board.screen import Screen
from scripts.board.session import Session
from scripts.board.study import (
    candidate_lines,
    estimate_line,
    hint_lines,
    review_lines,
    told_line,
    why_lines,
)
from scripts.board.words import vertex_name

__all__ = ["LineStudy"]

_SIMULATIONS: Final = 200
_GRAPH_ROWS: Final = 8
_BLOCKS: Final = " .:|#"


class LineStudy:
    """Answers questions about a session's position on a screen."""

    COMMANDS = (
        "hint", "why", "analyse", "line", "policy", "owner", "told", "marks", "estimate", "graph",
        "review",
    )  # fmt: skip

    def __init__(self, screen: Screen, analyst: Analyst) -> None:
        self._screen = screen
        self._analyst = analyst

    def run(self, name: str, session: Session, rest: str) -> None:
        """Carry out one of COMMANDS.

        Raises:
            ValueError: if it makes no sense here.
            AgentError: if there is nobody to ask.
        """
        if session.is_over and name not in ("why", "review", "graph", "marks"):
            raise ValueError("the game is over; go back in it to ask about a position")
        getattr(self, f"_{name}")(session, rest)

    def _say(self, lines: list[str]) -> None:
        self._screen.say("\n".join(lines))

    def _hint(self, session: Session, _: str) -> None:
        agent = session.agent
        hints = self._analyst.hints(session.state)
        size = session.state.rules.board_size
        self._say(hint_lines(hints, size))
        if (
            agent is not None and session.human and not session.has_manners
        ):  # somebody else's engine
            decision = session.thought()()
            self._screen.say(f"{agent.name} would play {vertex_name(decision.move, size)}.")

    def _why(self, session: Session, _: str) -> None:
        self._say(why_lines(session, self._analyst))

    def _analyse(self, session: Session, _: str) -> None:
        decision, rates = self._analyst.search(session.state, _SIMULATIONS)
        session.note(decision)
        self._say(candidate_lines(decision, rates, session.state.rules.board_size))

    def _line(self, session: Session, rest: str) -> None:
        if not rest.isdecimal() and rest:
            raise ValueError(f"expected a number of moves, such as line 3, not {rest[:20]!r}")
        decision, _ = self._analyst.search(session.state, _SIMULATIONS)
        count, size = int(rest[:4] or len(decision.pv)), session.state.rules.board_size
        state, moves = session.state.copy(), decision.pv[:count]
        for move in moves:
            state.play(move)
        names = " ".join(vertex_name(move, size) for move in moves)
        self._screen.say(f"After {names} it would be:" if moves else "No line is expected.")
        self._screen.draw(state)

    def _policy(self, session: Session, _: str) -> None:
        sight = self._analyst.look(session.state)
        if self._screen.style.speak:
            self._screen.say(spoken_policy(session.state, sight))
            return
        self._screen.say("How likely the network finds each point, in percent:")
        self._screen.say(policy_map(session.state, sight))

    def _owner(self, session: Session, _: str) -> None:
        sight = self._analyst.look(session.state)
        if self._screen.style.speak:
            self._screen.say(spoken_ownership(session.state, sight))
            return
        self._screen.say("Whose each point will be: X or O sure, x or o probable, . open:")
        self._screen.say(ownership_map(session.state, sight))

    def _told(self, session: Session, rest: str) -> None:
        if not rest:
            raise ValueError("name a point, such as told E5")
        move = vertex_to_move(rest, session.state.rules.board_size)
        self._screen.say(told_line(self._analyst, session, move))

    def _marks(self, session: Session, _: str) -> None:
        self._screen.say(find_marks(session.state).words(session.state))

    def _estimate(self, session: Session, _: str) -> None:
        sight = self._analyst.look(session.state)
        self._screen.say(estimate_line(sight.black_win_rate, sight.black_lead))

    def _graph(self, session: Session, _: str) -> None:
        line = session.node.line()
        rates = [node.opinion.black_win_rate if node.opinion else None for node in line]
        if all(rate is None for rate in rates):
            raise ValueError("no search has judged this game yet; review looks at all of it")
        if self._screen.style.speak:
            said = [f"{i}: {rate:.0%}" for i, rate in enumerate(rates) if rate is not None]
            self._screen.say(f"Black's chance after each move: {', '.join(said)}.")
            return
        columns = min(self._screen.columns - 8, 60)
        for y, row in enumerate(course(rates, columns, _GRAPH_ROWS)):
            label = {0: "100%", _GRAPH_ROWS - 1: "  0%"}.get(y, "    ")
            bars = "".join(_BLOCKS[round(max(cell, 0.0) * (len(_BLOCKS) - 1))] for cell in row)
            self._screen.say(f"{label} {bars}".rstrip())
        self._screen.say("     Black's chance to win, from the first move to the last")

    def _review(self, session: Session, _: str) -> None:
        for done, count in judge(session, self._analyst):
            if done % 20 == 0 and done < count:
                self._screen.say(f"Looked at {done} of {count} positions ...")
        losses = worst_moves(session.tree, session.node.line(), session.human)
        self._say(review_lines(losses, session.state.rules.board_size))
