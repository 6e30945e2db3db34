"""What the full screen can be asked: hints, reasons, the score, a review of the game."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from scripts.board.desk import Desk
from scripts.board.review import judge, worst_moves
from scripts.board.study import estimate_line, hint_lines, review_lines, why_lines
from scripts.board.words import score

__all__ = ["Advice"]

T = TypeVar("T")


class Advice:
    """Asks the desk's analyst in the background and says the answer."""

    def __init__(
        self, desk: Desk, say: Callable[[str], None], point_at: Callable[[int], None]
    ) -> None:
        """`say` shows lines of text, `point_at` moves the cursor to a point."""
        self._desk, self._say, self._point_at = desk, say, point_at

    def hint(self) -> None:
        """What both advisers would play, and why.

        Raises:
            ValueError: if the game is over or the bot thinks.
        """
        desk, session = self._desk, self._desk.session
        if session.is_over:
            raise ValueError("the game is over; go back in it to ask about a position")
        state, rules = session.state.copy(), session.state.rules
        hints = _once(lambda: desk.analyst.hints(state))

        def told(answer: list) -> None:  # type: ignore[type-arg]
            self._say("\n".join(hint_lines(answer, rules.board_size)))
            if 0 <= answer[0].move < rules.num_points:
                self._point_at(answer[0].move)

        desk.ask(hints, told, "Thinking about a hint …")

    def why(self) -> None:
        """About the last move.

        Raises:
            ValueError: if there is none, or the bot thinks.
        """
        desk, session = self._desk, self._desk.session
        if session.node.parent is None:
            raise ValueError("no move has been made yet")
        lines = _once(lambda: why_lines(session, desk.analyst))
        desk.ask(lines, lambda said: self._say("\n".join(said)), "Thinking about that move …")

    def score(self) -> None:
        """The count as the board stands, and the network's estimate.

        Raises:
            ValueError: if the bot thinks.
        """
        desk, session = self._desk, self._desk.session
        self._say(f"{score(session.state, session.dead)} (as the board stands).")
        if session.is_over:
            return
        state = session.state.copy()
        sights = _once(lambda: desk.analyst.look(state))
        desk.ask(
            sights,
            lambda sight: self._say(estimate_line(sight.black_win_rate, sight.black_lead)),
            "Counting …",
        )

    def review(self) -> None:
        """The moves that cost most.

        Raises:
            ValueError: if the bot thinks.
        """
        desk, session = self._desk, self._desk.session

        def progress(counts: tuple[int, int]) -> None:
            desk.headline = f"Looking through the game: {counts[0]} of {counts[1]} positions …"
            desk.show()

        def done() -> None:
            losses = worst_moves(session.tree, session.node.line(), session.human)
            self._say("\n".join(review_lines(losses, session.state.rules.board_size)))

        desk.ask(lambda: judge(session, desk.analyst), progress, "Looking through the game …", done)


def _once(answer: Callable[[], T]) -> Callable[[], Iterator[T]]:
    """A job of one answer."""

    def job() -> Iterator[T]:
        yield answer()

    return job
