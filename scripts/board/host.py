"""What keeps a game on the full screen going: bots are asked, files kept, clocks watched.

Knows no widget and no wishes of a person (see `desk.py`). Bots think in the thinker's thread;
everything here runs in the screen's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.base import Decision, Stoppable
from scripts.board.analyst import Analyst
from scripts.board.keep import Keeper
from scripts.board.lookout import Lookout
from scripts.board.review import loss_of
from scripts.board.session import Session
from scripts.board.study import blunder_words
from scripts.board.table import LazyAgent, Table
from scripts.board.thinker import Job, Post, Thinker
from scripts.board.tree import Node
from scripts.board.trouble import sentence_of
from scripts.board.words import error_sentence, outcome, spoken_move

__all__ = ["Host"]


class Host:
    """One game at a time, and what has been found out about its position.

    Attributes:
        session: the game.
        keeper: where it is kept; None if it is not.
        lookout: what is found out about its position.
        headline: what happened last, in one line.
        is_paused: whether the bot waits, because it failed or the person wants to look.
        is_asked: whether a move or an answer to the person is being thought about, which looking
            at something else does not call off.
    """

    def __init__(
        self,
        table: Table,
        session: Session,
        analyst: Analyst,
        *,
        post: Post,
        say: Callable[[str], None],
        show: Callable[[], None],
    ) -> None:
        """
        Args:
            table, session, analyst: the first game, begun at the table, and who explains it.
            post: has a function called in the screen's thread.
            say: shows lines of text that stay to be read.
            show: draws everything anew.
        """
        self.table, self.analyst = table, analyst
        self._seat(session)
        self.keeper = self.new_keeper()
        self.headline = ""
        self.is_paused = self.is_asked = False
        self._last_outcome = ""  # agreeing on it does not say it again
        self.say, self.show = say, show
        self.thinker = Thinker(analyst.stop, post)
        self.lookout = Lookout(self, analyst, self.thinker)

    def new_keeper(self) -> Keeper | None:
        """Where the game is kept; None for one that is not."""
        return self.table.keeper()

    def close(self) -> None:
        """Stop thinking."""
        self.thinker.close()

    # ---- games

    def _seat(self, session: Session) -> None:
        self.session = session
        for bot in session.bots.values():
            if isinstance(bot, Stoppable):
                bot.stop = self.analyst.stop

    def begin(self) -> None:
        """Start the clocks and let a bot move if it begins."""
        self.headline = ""
        self.changed(is_move=False)  # what was only looked at is not kept
        if not (self.thinker.is_busy or self.session.is_over):
            self._warm_up()

    def _warm_up(self) -> None:
        """Get the bots ready while the person looks at the board."""
        bots = [bot for bot in self.session.bots.values() if isinstance(bot, LazyAgent)]
        state = self.session.state.copy()

        def job() -> Iterator[None]:
            for bot in bots:
                bot.warm_up(state)
                yield None

        if bots:
            self.thinker.ask(job, lambda _: None, self.failed)

    def take(self, session: Session) -> None:
        """Keep this game and go on with another, begun at the table."""
        self.thinker.stop()
        self.is_asked = False
        self.keeper = self.new_keeper()
        self._seat(session)
        self.is_paused = session.node.parent is not None and session.is_agents_turn
        self.begin()

    def changed(self, is_move: bool = True) -> None:
        """The position is another one."""
        self.thinker.stop()
        self.is_asked = False
        self.lookout.forget()
        session = self.session
        if is_move:
            self.keep()
        session.run_clock()
        if session.is_over:
            on_time = session.ending is not None and session.ending.on_time
            self.headline = outcome(
                session.state, session.dead, session.resigned, session.human, on_time
            )
            if is_move and self.headline != self._last_outcome:
                self.say(self.headline)
            self._last_outcome = self.headline
        else:
            self._last_outcome = ""
        if self.is_bot_thinking:
            self.ask_bot()
        else:
            self.lookout.look()
        self.show()

    def keep(self) -> None:
        """Write the game to its file, once a move has been made."""
        try:
            if self.keeper is None:
                return
            if self.session.node.parent is not None or self.keeper.has_written:
                self.keeper.keep(self.session.sgf())
        except OSError as error:
            self.say(f"Warning: the game is not kept: {error_sentence(error)}")

    def tick(self) -> None:
        """Look at the clocks: whose time is up has lost."""
        session, clock = self.session, self.session.clock
        if clock is None or session.is_over or session.is_browsing:
            return
        color = session.state.to_play
        if clock.remaining(color) == 0 and color not in session.bots:
            session.lose_on_time(color)
            self.changed()

    # ---- bots

    @property
    def is_bot_thinking(self) -> bool:
        """Whether the bot's move is waited for."""
        return self.session.is_agents_turn and not self.is_paused

    def ask_bot(self) -> None:
        """Have the bot think about the position shown, whoever's turn it is."""
        self.thinker.ask(self.in_good_time(self.session.thought()), self._bot_answers, self.failed)
        self.is_asked = True

    def in_good_time(self, think: Callable[[], Decision]) -> Job:
        """The job of a bot's move."""

        def job() -> Iterator[Decision]:
            yield think()

        return job

    def _bot_answers(self, decision: Decision) -> None:
        session = self.session
        color, mine = session.state.to_play, session.node
        decision = session.accept(decision)
        size, taken = session.state.rules.board_size, session.last_captured
        self.headline = spoken_move(color, decision.move, size, taken, mine=session.human == 0)
        self._remark(mine)
        self.changed()

    def _remark(self, node: Node) -> None:
        """A word on the person's move, if the search that followed it says that it lost much."""
        words = blunder_words(loss_of(self.session.tree, node), self.session.state.rules.board_size)
        if words and self.session.human:
            self.say(words)

    def failed(self, error: Exception) -> None:
        """Say what went wrong while thinking; a bot waits then until it is asked again."""
        self.is_asked = False
        words = sentence_of(error)
        if self.session.is_agents_turn:
            self.is_paused = True
            self.say(f"{words} The game is kept; m lets the bot try again.")
        else:
            self.lookout.is_on = False
            self.say(words)
        self.headline = ""
        self.show()
