"""What the full screen does with a game: the person's wishes, the bot's moves, what is looked up.

Knows no widget: it is told how to say something and whom to call when there is something new to
show. What takes long runs in the thinker's thread; everything here runs in the screen's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agents.base import RESIGN, AgentError, Decision
from scripts.board.analyst import Analyst
from scripts.board.files import load_tree, save_copy
from scripts.board.keep import Keeper
from scripts.board.lookout import Lookout
from scripts.board.review import loss_of
from scripts.board.session import Session
from scripts.board.study import blunder_words
from scripts.board.table import Setup, Table
from scripts.board.thinker import Job, Post, Thinker
from scripts.board.tree import Node
from scripts.board.words import (
    COLOR_NAMES,
    error_sentence,
    outcome,
    spoken_move,
    thoughts,
    vertex_name,
)

__all__ = ["Desk"]


class Desk:
    """One game at a time, and what has been found out about its position.

    Attributes:
        session: the game.
        lookout: what is found out about its position.
        headline: what happened last, in one line.
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
        self.table, self.session, self.analyst = table, session, analyst
        self.keeper = self.new_keeper()
        self.headline = ""
        self.is_paused = False  # the bot waits: it failed, or the person wants to look
        self.say, self.show = say, show
        self.thinker = Thinker(analyst.stop, post)
        self.lookout = Lookout(self, analyst, self.thinker)

    # ---- playing

    def new_keeper(self) -> Keeper | None:
        """Where the game is kept; None for one that is not."""
        return self.table.keeper()

    def greeting(self) -> list[str]:
        """What to tell somebody who sees this for the first time."""
        human = self.session.human
        color = COLOR_NAMES[human] if human else "both colours"
        return [
            f"You play {color}. Click a point, or go there with the arrows and press Enter.",
            "i: a hint   ?: all keys   q: leave (every move is saved)",
        ]

    def waiting_words(self) -> str:
        """What the person waits for while it is the bot's turn."""
        name = self.session.player(self.session.state.to_play)
        return f"{name} waits; m lets it move" if self.is_paused else f"{name} is thinking …"

    def begin(self) -> None:
        """Start the clocks and let a bot move if it begins."""
        self.headline = ""
        self.changed(is_move=False)  # what was only looked at is not kept

    def choose(self, point: int) -> None:
        """A point was clicked: play there, or call its stones dead or alive at the end.

        Raises:
            ValueError: in words, if that cannot be.
        """
        session = self.session
        vertex = vertex_name(point, session.state.rules.board_size)
        if session.phase == "agreeing":
            session.toggle_dead(vertex)
            self._keep()
            self.show()
            return
        self.play(vertex)

    def play(self, vertex: str) -> None:
        """Play a vertex or pass for the person.

        Raises:
            ValueError: in words, if that cannot be.
        """
        session = self.session
        color = session.state.to_play
        session.play(vertex)
        taken = session.last_captured
        size, move = session.state.rules.board_size, session.node.move
        assert move is not None
        self.headline = spoken_move(color, move, size, taken, mine=True)
        self.is_paused = False
        self.changed()

    def undo(self) -> None:
        """See `Session.take_back`."""
        count = self.session.take_back()
        self.headline = "Taken back." if count else "Your resignation is taken back."
        self.changed()

    def resign(self) -> None:
        """See `Session.resign`."""
        self.session.resign()
        self.changed()

    def agree(self) -> None:
        """See `Session.agree`."""
        self.session.agree()
        self.changed()

    def play_on(self) -> None:
        """See `Session.play_on`."""
        self.session.play_on()
        self.headline = "The game goes on until the board says all."
        self.changed()

    def swap(self) -> None:
        """Change sides with the bot."""
        self.session.swap_colors()
        human = self.session.human
        self.headline = f"You play {COLOR_NAMES[human]} now." if human else "Sides are changed."
        self.changed()

    def move_now(self) -> None:
        """Let the bot make the move here, whoever's turn it is.

        Raises:
            ValueError: if nobody can, or the game is over.
        """
        if self.session.is_over:
            raise ValueError("the game is over")
        if self.session.agent is None:
            raise ValueError("there is no bot in this game; n begins one with a bot")
        self.is_paused = False
        self._ask_bot()
        self.show()

    def new(self, setup: Setup) -> None:
        """Keep this game and begin another.

        Raises:
            ValueError: if the setup is impossible.
            OSError: if it cannot be kept.
        """
        self.take(self.table.begin(setup))

    def load(self, name: str) -> None:
        """Keep this game and go on with one from a file, at its end; see `files.load_tree`."""
        self.take(self.table.begin(tree=load_tree(Path(name).expanduser())))

    def save(self, name: str) -> Path:
        """Write a copy of the game or a picture of the board; see `files.save_copy`."""
        own = None if self.keeper is None else self.keeper.path
        return save_copy(self.session, name, own)

    def take(self, session: Session) -> None:
        self.thinker.stop()
        self.keeper = self.new_keeper()
        self.session = session
        self.is_paused = session.node.parent is not None and session.is_agents_turn
        self.begin()

    # ---- looking back

    def step(self, count: int) -> None:
        """Go through the game, `count` moves forward or back."""
        if self.session.step(count):
            self._arrived()

    def next_variation(self) -> None:
        """The next variation of the move shown.

        Raises:
            ValueError: if there is none.
        """
        if not self.session.next_variation():
            raise ValueError("the move shown has no other variation")
        self._arrived()

    def _arrived(self) -> None:
        session, node = self.session, self.session.node
        self.headline = ""
        if node.parent is not None and node.move is not None:
            color, size = session.color_at(node.parent), session.state.rules.board_size
            self.headline = f"{COLOR_NAMES[color]} {vertex_name(node.move, size)}"
            others = len(node.parent.children) - 1
            self.headline += f"  ({others} more: Tab)" if others else ""
        if node.comment:
            self.say(node.comment)
        self.is_paused = True  # at the end of the line the bot does not jump in
        self.changed(is_move=False)

    # ---- asking

    def ask(
        self,
        job: Callable[[], Iterator[Any]],
        then: Callable[[Any], None],
        words: str,
        done: Callable[[], None] | None = None,
    ) -> None:
        """Run `job` in the thinker's thread: `then` gets each of its answers, `done` is called at
        the end. `words` say what is going on meanwhile.

        Raises:
            ValueError: while the bot thinks; its turn is not disturbed.
        """
        if self.is_bot_thinking:
            raise ValueError("one moment: the bot is thinking")
        self.headline = words

        def ended() -> None:
            self.headline = ""
            if done is not None:
                done()
            self.lookout.look()
            self.show()

        self.thinker.ask(job, then, self.failed, ended)
        self.show()

    # ---- the thinker

    def close(self) -> None:
        """Stop thinking."""
        self.thinker.close()

    @property
    def is_bot_thinking(self) -> bool:
        """Whether the bot's move is waited for."""
        return self.session.is_agents_turn and not self.is_paused

    def changed(self, is_move: bool = True) -> None:
        """The position is another one."""
        self.thinker.stop()
        self.lookout.forget()
        session = self.session
        if is_move:
            self._keep()
        session.run_clock()
        if session.is_over:
            on_time = session.ending is not None and session.ending.on_time
            self.headline = outcome(
                session.state, session.dead, session.resigned, session.human, on_time
            )
            if is_move:
                self.say(self.headline)
        if self.is_bot_thinking:
            self._ask_bot()
        else:
            self.lookout.look()
        self.show()

    def _ask_bot(self) -> None:
        self.thinker.ask(self.in_good_time(self.session.thought()), self._bot_answers, self.failed)

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
        if decision.move != RESIGN:
            self.headline += f" {thoughts(decision)}"
        self._remark(mine)
        self.changed()

    def _remark(self, node: Node) -> None:
        """A word on the person's move, if the search that followed it says that it lost much."""
        words = blunder_words(loss_of(self.session.tree, node), self.session.state.rules.board_size)
        if words and self.session.human:
            self.say(words)

    def failed(self, error: Exception) -> None:
        """Say what went wrong while thinking; a bot waits then until it is asked again."""
        is_known = isinstance(error, AgentError | ValueError | OSError)
        if not is_known and os.environ.get("UNTOLD_DEBUG"):
            raise error
        words = error_sentence(error)
        if not is_known:
            words = f"Something went wrong ({type(error).__name__}: {words})"
        if self.session.is_agents_turn:
            self.is_paused = True
            self.say(f"{words} The game is kept; m lets the bot try again.")
        else:
            self.lookout.is_on = False
            self.say(words)
        self.headline = ""
        self.show()

    def _keep(self) -> None:
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
