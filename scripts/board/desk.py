"""What a person at the full screen can do with a game.

Knows no widget: it is told how to say something and whom to call when there is something new to
show. What takes long runs in the thinker's thread; everything here runs in the screen's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scripts.board.files import load_tree, save_copy
from scripts.board.host import Host
from scripts.board.table import LazyAgent, Setup
from scripts.board.words import COLOR_NAMES, spoken_move, vertex_name

__all__ = ["Desk"]


class Desk(Host):
    """What a person may wish of a game; see `Host` for the rest."""

    # ---- playing

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
        color = self.session.state.to_play
        name, bot = self.session.player(color), self.session.bots.get(color)
        if self.is_paused:
            return f"{name} waits; m lets it move"
        is_cold = isinstance(bot, LazyAgent) and not bot.is_warm
        return f"{name} is {'getting ready and ' if is_cold else ''}thinking …"

    def choose(self, point: int) -> None:
        """A point was clicked: play there, or call its stones dead or alive at the end.

        Raises:
            ValueError: in words, if that cannot be.
        """
        session = self.session
        vertex = vertex_name(point, session.state.rules.board_size)
        if session.phase == "agreeing":
            session.toggle_dead(vertex)
            self.keep()
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
        if self.is_bot_thinking:
            raise ValueError("it is thinking already")
        self.is_paused = False
        self.ask_bot()
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
            self.headline, self.is_asked = "", False
            if done is not None:
                done()
            self.lookout.look()
            self.show()

        self.thinker.ask(job, then, self.failed, ended)
        self.is_asked = True
        self.show()
