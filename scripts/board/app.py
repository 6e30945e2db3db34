"""The full screen: a board to click and type on, and panels that say what the bots think."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, RichLog, Static

from agents.base import AgentError
from scripts.board.advice import Advice
from scripts.board.desk import Desk
from scripts.board.dialogs import AskScreen, HelpScreen, NewGameScreen, SureScreen
from scripts.board.frame import BELOW, LAYOUT, SIDE, TALK, Status
from scripts.board.goban import Goban
from scripts.board.keys import KEYS
from scripts.board.leaving import leave_on_signals
from scripts.board.looks import LOOKS
from scripts.board.panels import candidates_text, chances_text, players_text, status_text
from scripts.board.scene import make_scene
from scripts.board.study import told_line
from scripts.board.table import Setup
from scripts.board.trouble import noting_crashes, sentence_of

__all__ = ["BoardApp"]


class BoardApp(App[int]):
    """One window with one game in it."""

    CSS = LAYOUT
    TITLE = "Untold"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, words, show=shown, priority=key in ("ctrl+c", "ctrl+q"))
        for key, action, words, shown, _ in KEYS
    ]

    def __init__(self, board_size: int, sit_down: Callable[..., Desk]) -> None:
        """`sit_down` makes the desk that the game is played at (see `Desk` for what it is told). It
        is called once an empty board of `board_size` is on the screen, for it may take a moment."""
        super().__init__()
        self.goban = Goban(board_size)
        self._sit_down = sit_down
        self._desk: Desk | None = None
        self._deeds: dict[str, Callable[[], None]] = {}
        self._typed = ""

    @property
    def desk(self) -> Desk:
        """Where the game is played, once it has begun."""
        assert self._desk is not None
        return self._desk

    def play(self) -> int:
        """Run until the person leaves; the exit code."""
        sys.setswitchinterval(0.001)  # so that a key need not wait for the thinking thread
        try:
            with noting_crashes():
                code = self.run()
            if code is None:  # nobody left: 1 if Textual ended the app because of an error
                code = self.return_code or 0
        finally:
            if self._desk is not None:
                self._desk.close()
        keeper = None if self._desk is None else self._desk.keeper
        if keeper is not None and keeper.has_written:
            print(f"The game is kept in {keeper.path}; untold play --resume goes on with it.")
        return code

    # ---- setting up

    def compose(self) -> ComposeResult:
        """See `App.compose`."""
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield self.goban
                yield Status(id="status")
            with Vertical(id="side"):
                yield Static(id="players")
                yield Static(id="chances")
                yield Static(id="candidates")
                yield RichLog(id="talk", wrap=True, min_width=10)
        yield Static(id="small")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin the game."""
        self.theme = "gruvbox"
        self.query_one("#talk", RichLog).can_focus = False
        self.goban.focus()
        leave_on_signals(self.exit)
        self._fit()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._desk = desk = self._sit_down(post=self._post, say=self.say, show=self.show_all)
        advice = Advice(desk, self.say, self._point_at)
        self._deeds = {
            "pass": partial(desk.play, "pass"),
            "undo": desk.undo,
            "agree": desk.agree,
            "play_on": desk.play_on,
            "swap": desk.swap,
            "move_now": desk.move_now,
            "variation": desk.next_variation,
            "think": desk.lookout.toggle,
            "hint": advice.hint,
            "why": advice.why,
            "score": advice.score,
            "review": advice.review,
        }
        for line in desk.greeting():
            self.say(line)
        desk.begin()
        self._fit()
        self.set_interval(0.2, self._tick)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """See `App.check_action`: until the game has begun one can but leave."""
        return self._desk is not None or action in ("leave", "help", "quit")

    def _post(self, function: Callable[[], None]) -> None:
        """Have a function called in this app's thread; dropped once the app has ended."""
        with contextlib.suppress(RuntimeError):
            loop = self._loop
            if loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(self._guarded, function)

    def _guarded(self, function: Callable[[], None]) -> None:
        if self.is_running:
            self.call_later(self._hear, function)

    def _hear(self, function: Callable[[], None]) -> None:
        """Take an answer of the thinker's; one that cannot be taken does not end the app."""
        try:
            function()
        except Exception as error:
            self.desk.failed(error)

    # ---- showing

    def say(self, text: str) -> None:
        """Add lines to the talk at the lower right; what is longer than fits there is shown from
        its first line on."""
        talk = self.query_one("#talk", RichLog)
        region, begins = talk.scrollable_content_region, len(talk.lines)
        rows: list[str] = []
        for line in text.splitlines():
            indent = " " * (len(line) - len(line.lstrip(" -")))
            rows += textwrap.wrap(line, max(region.width, 30), subsequent_indent=indent)
        is_long = len(rows) > region.height
        talk.write(Text("\n".join(rows)), scroll_end=not is_long)
        if is_long:
            self.call_after_refresh(talk.scroll_to, y=begins, animate=False)

    def show_all(self) -> None:
        """Draw everything anew."""
        if self._desk is None:
            return
        desk, look = self.desk, self.desk.lookout
        self.goban.show(make_scene(desk.session, look.findings, look.overlay, look.is_on))
        self._show_side()
        self._show_status()

    def _show_side(self) -> None:
        desk, look = self.desk, self.desk.lookout
        width = max(self.query_one("#side").size.width - 2, 20)
        self.query_one("#players", Static).update(players_text(desk.session, width))
        self.query_one("#chances", Static).update(chances_text(desk.session, width))
        self.query_one("#candidates", Static).update(
            candidates_text(desk.session, look.findings, look.is_on, width)
        )

    def _show_status(self) -> None:
        text = status_text(self.desk, self._typed, self.goban.cursor_vertex)
        self.query_one("#status", Status).show(text)

    def on_resize(self, event: events.Resize) -> None:
        """Draw as large as fits, or say that nothing does."""
        self._fit(event.size.width, event.size.height)

    def _fit(self, columns: int | None = None, rows: int | None = None) -> None:
        columns, rows = columns or self.size.width, rows or self.size.height
        screen = self.screen_stack[0]
        fits_beside = self.goban.fit(columns - SIDE, rows - BELOW)
        below = (BELOW + TALK, BELOW)
        fits = fits_beside or any(self.goban.fit(columns, rows - taken) for taken in below)
        screen.set_class(not fits, "too-small")
        screen.set_class(fits and not fits_beside, "narrow")
        if not fits:
            self.query_one("#small", Static).update(
                f"This terminal is too small for the board ({columns}x{rows}). Make it larger, "
                "or press q and use: untold play --plain --resume"
            )
        elif len(self.screen_stack) == 1:
            self.goban.focus()  # a board that was hidden has lost it
        self.call_after_refresh(self.show_all)

    def _tick(self) -> None:
        if self.desk.session.clock is not None and not self.desk.session.is_over:
            self.desk.tick()
            self._show_side()

    def _point_at(self, point: int) -> None:
        self.goban.cursor = point
        self.show_all()

    # ---- hearing

    def on_goban_chosen(self, message: Goban.Chosen) -> None:
        """A point was clicked or chosen."""
        if self._desk is None:
            return
        self._typed = ""
        self._try(lambda: self.desk.choose(message.point))

    def on_goban_moved(self, message: Goban.Moved) -> None:
        """The cursor moved."""
        if self._desk is None:
            return
        self._typed = message.typed
        session = self.desk.session
        look = self.desk.lookout
        if look.overlay == "told" and look.findings.told is not None:
            look.findings.words = ""
            with contextlib.suppress(ValueError, AgentError):
                look.findings.words = told_line(self.desk.analyst, session, message.point)
            self._show_side()
        self._show_status()

    def on_goban_digit(self, message: Goban.Digit) -> None:
        """An overlay is wanted."""
        if self._desk is not None:
            self._try(partial(self._desk.lookout.see, message.digit))

    def _try(self, action: Callable[[], Any]) -> None:
        """Do it, or say in words why not."""
        try:
            action()
        except Exception as error:  # a mistake of ours must not end somebody's game
            self.desk.headline = sentence_of(error)
            if len(self.desk.headline) > self.query_one("#status").size.width:
                self.say(self.desk.headline)
            self.bell()
            self._show_status()

    # ---- what the keys do

    def action_help(self) -> None:
        """Every key."""
        self.push_screen(HelpScreen())

    def action_do(self, deed: str) -> None:
        """Do something that needs no question first."""
        self._try(self._deeds[deed])

    def action_line(self, step: int) -> None:
        """Through the expected line."""
        self._try(lambda: self.desk.lookout.step_line(step))

    def action_talk(self, step: int) -> None:
        """Scroll the talk by a line."""
        self.query_one("#talk", RichLog).scroll_relative(y=step, animate=False)

    def action_step(self, count: int) -> None:
        """Through the game."""
        self._try(partial(self.desk.step, count))

    async def action_leave(self) -> None:
        """Leave; the game is kept."""
        self.exit(0)

    def action_resign(self) -> None:
        """Give up, after a question."""
        if self.desk.session.is_over:
            self._try(self.desk.resign)  # says why not
            return

        def answered(is_sure: bool | None) -> None:
            if is_sure:
                self._try(self.desk.resign)

        self.push_screen(SureScreen("Resign this game?"), answered)

    def action_new(self) -> None:
        """Another game."""

        def answered(setup: Setup | None) -> None:
            if setup is not None:
                self._try(lambda: self.desk.new(setup))
                self._fit()

        self.push_screen(NewGameScreen(self.desk.table.setup), answered)

    def action_save(self) -> None:
        """A copy of the game or a picture."""

        def answered(name: str | None) -> None:
            if name:
                self._try(lambda: self.say(f"Saved in {self.desk.save(name)}"))

        hint = "game.sgf is the game, board.svg a picture, board.txt a diagram. Esc leaves."
        self.push_screen(AskScreen("Save a copy as", hint, "game.sgf"), answered)

    def action_load(self) -> None:
        """A game from a file."""

        def answered(name: str | None) -> None:
            if name:
                self._try(lambda: self.desk.load(name))
                self._fit()

        hint = "The name of an SGF file. Esc leaves."
        self.push_screen(AskScreen("Load which game?", hint), answered)

    def action_look(self, name: str) -> None:
        """Other colours for the board."""
        self.goban.use_look(name)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key's action by name, the boards, and what Textual offers."""
        for key, action, words, _, _ in KEYS:
            name = key.partition(",")[0].replace("_", " ")
            yield SystemCommand(
                words, f"key: {name}", lambda action=action: self.run_action(action)
            )
        for look in LOOKS:
            change = partial(self.action_look, look)
            yield SystemCommand(f"Board: {look}", "colours of the board", change)
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command
