"""Line mode: a game typed line by line, on any terminal or through a pipe."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from agents.base import AgentError
from go_engine.coords import vertex_to_move
from scripts.board.files import load_tree, save_copy
from scripts.board.keep import Keeper
from scripts.board.keys import LETTERS
from scripts.board.line_study import LineStudy
from scripts.board.line_view import HELP, LineView
from scripts.board.review import loss_of
from scripts.board.screen import Screen
from scripts.board.session import Session
from scripts.board.study import blunder_words
from scripts.board.table import LazyAgent, Table
from scripts.board.wishes import read_wishes
from scripts.board.words import COLOR_NAMES, error_sentence, score, surroundings

__all__ = ["LineBoard"]


class LineBoard:
    """Reads commands, carries them out on a session, and shows what came of it.

    Attributes:
        commands: what can be typed but for vertices and `quit`, by word.
    """

    def __init__(self, screen: Screen, table: Table, session: Session, study: LineStudy) -> None:
        """Play `session` first, which `table` began."""
        self._screen = screen
        self._view = LineView(screen)
        self._table = table
        self._study = study
        self._session = session
        self._keeper: Keeper = table.keeper()
        self.commands: dict[str, Callable[[str], None]] = {
            "pass": lambda _: self._play("pass"),
            "resign": self._resign,
            "undo": self._undo,
            "score": self._score,
            "dead": self._dead,
            "agree": self._agree,
            "continue": self._continue,
            "show": lambda _: self._view.show(self._session),
            "around": self._around,
            "swap": self._swap,
            "back": lambda rest: self._step(-_count(rest)),
            "forward": lambda rest: self._step(_count(rest)),
            "start": lambda _: self._step(-self._session.node.depth),
            "end": lambda _: self._step(len(self._session.node.line())),
            "variation": self._variation,
            "go": lambda _: self._let_agent_move(),
            "save": self._save,
            "load": self._load,
            "export": self._export,
            "new": self._new,
            "help": lambda _: self._screen.say(HELP),
        }
        for name in study.COMMANDS:
            self.commands[name] = lambda rest, name=name: study.run(name, self._session, rest)  # type: ignore[misc]

    def run(self) -> None:
        """Play until `quit` or the end of input.

        Raises:
            AgentError: if the bot cannot go on. The game is kept then, as after Ctrl-C.
        """
        try:
            self._view.introduce(self._session, self._keeper.path)
            self._view.show(self._session)
            while self._turn():
                pass
        finally:
            self._say_where_kept()

    def _turn(self) -> bool:
        """One move of the bot, or one line from the person; False at the end."""
        if self._session.is_agents_turn:
            self._let_agent_move()
            return True
        line = self._screen.ask(f"{self._prompt()}> ")
        if line is None:
            return False
        word, _, rest = line.strip().partition(" ")
        word = LETTERS.get(word.lower(), word.lower())
        if word in ("quit", "exit"):
            return False
        if word:
            try:
                self._carry_out(word, rest.strip())
            except (AgentError, ValueError, OSError) as error:
                self._screen.say(error_sentence(error))
        return True

    def _prompt(self) -> str:
        if self._session.is_over:
            return "Game over"
        return COLOR_NAMES[self._session.state.to_play]

    def _carry_out(self, word: str, rest: str) -> None:
        if word in self.commands:
            self.commands[word](rest)
            return
        if rest or len(word) > 3:
            close = difflib.get_close_matches(word, [*self.commands, "quit"], n=1)
            hint = f"did you mean {close[0]}?" if close else "help lists what you can type"
            raise ValueError(f"unknown command {word[:20]!r}; {hint}")
        self._play(word)

    # ---- playing

    def _play(self, vertex: str) -> None:
        self._check_clock()
        self._session.play(vertex)
        self._after_change()

    def _let_agent_move(self) -> None:
        session = self._session
        color = session.state.to_play
        bot = session.agent
        if isinstance(bot, LazyAgent) and not bot.is_warm and self._screen.is_terminal:
            self._screen.say("Getting the bot ready ...")
        session.run_clock()
        decision = session.let_agent_move()
        self._keep()
        session.run_clock()
        self._remark()
        self._view.agents_move(session, color, decision)

    def _remark(self) -> None:
        """A word on the person's last move, if the bot's search says that it lost much."""
        session = self._session
        path = session.node.path()
        answered = path[-2] if len(path) > 2 else path[-1]
        words = blunder_words(loss_of(session.tree, answered), session.state.rules.board_size)
        if words:
            self._screen.say(words)

    def _resign(self, _: str) -> None:
        self._session.resign()
        self._after_change()

    def _undo(self, _: str) -> None:
        count = self._session.take_back()
        self._keep()
        what = "Your resignation is" if count == 0 else "1 move is"
        self._screen.say(f"{what if count < 2 else f'{count} moves are'} taken back.")
        self._view.show(self._session)

    def _score(self, _: str) -> None:
        self._screen.say(f"{score(self._session.state)} (all stones counted as alive).")

    def _dead(self, rest: str) -> None:
        self._session.toggle_dead(rest)
        self._keep()
        self._view.result(self._session)

    def _agree(self, _: str) -> None:
        self._session.agree()
        self._keep()
        self._view.result(self._session)

    def _continue(self, _: str) -> None:
        self._session.play_on()
        self._keep()
        self._screen.say("The game goes on; play until the board says all.")
        self._view.show(self._session)

    def _around(self, rest: str) -> None:
        state = self._session.state
        point = vertex_to_move(rest, state.rules.board_size)
        if point == state.rules.pass_move:
            raise ValueError("name a point, such as around E5")
        self._screen.say(surroundings(state, point))

    def _swap(self, _: str) -> None:
        self._session.swap_colors()
        self._view.introduce(self._session, self._keeper.path)
        self._view.show(self._session)

    # ---- looking back

    def _step(self, count: int) -> None:
        if not self._session.step(count):
            raise ValueError(f"there is no move {'before' if count < 0 else 'after'} this one")
        self._view.place(self._session)

    def _variation(self, _: str) -> None:
        if not self._session.next_variation():
            raise ValueError("the move shown has no other variation")
        self._view.place(self._session)

    # ---- files and new games

    def _save(self, rest: str) -> None:
        if rest:
            self._screen.say(f"Saved in {save_copy(self._session, rest, self._keeper.path)}")
            return
        self._keeper.keep(self._session.sgf())
        self._screen.say(f"Saved in {self._keeper.path}")

    def _export(self, rest: str) -> None:
        if not rest:
            raise ValueError("name a file that ends in .svg or .txt, such as export board.svg")
        self._screen.say(f"Saved in {save_copy(self._session, rest, self._keeper.path)}")

    def _load(self, rest: str) -> None:
        if not rest:
            raise ValueError("name a file, such as load game.sgf")
        tree = load_tree(Path(rest).expanduser())
        self._begin(self._table.begin(tree=tree))

    def _new(self, rest: str) -> None:
        setup = read_wishes(rest, self._table.setup)
        self._begin(self._table.begin(setup))

    def _begin(self, session: Session) -> None:
        self._say_where_kept()
        self._session, self._keeper = session, self._table.keeper()
        self._view.introduce(self._session, self._keeper.path)
        self._view.show(self._session)

    # ---- showing and keeping

    def _after_change(self) -> None:
        """After the person's own move. The board is drawn again after the bot's answer."""
        self._keep()
        self._view.own_move(self._session)

    def _check_clock(self) -> None:
        """The person's time is looked at when a move comes in.

        Raises:
            ValueError: if it came too late; the game is lost then.
        """
        session, color = self._session, self._session.state.to_play
        if session.clock is None or session.is_over or session.is_browsing:
            return
        if session.clock.remaining(color) == 0:
            session.lose_on_time(color)
            self._keep()
            self._view.result(self._session)
            raise ValueError("your time had run out before that move")

    def _keep(self) -> None:
        try:
            self._keeper.keep(self._session.sgf())
        except OSError as error:
            self._screen.say(f"Warning: the game is not kept: {error_sentence(error)}")

    def _say_where_kept(self) -> None:
        if self._keeper.has_written:
            self._screen.say(f"The game is kept in {self._keeper.path}")


def _count(text: str) -> int:
    if not text:
        return 1
    if not text.isdecimal() or len(text) > 4:
        raise ValueError(f"expected a number of moves, not {text[:20]!r}")
    return int(text)
