"""Line mode: a game typed line by line, on any terminal or through a pipe."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agents.base import RESIGN, AgentError
from scripts.board.keep import Keeper, write_whole
from scripts.board.screen import Screen
from scripts.board.session import Session
from scripts.board.words import (
    COLOR_NAMES,
    dead_stones,
    outcome,
    score,
    thoughts,
    vertex_name,
)

__all__ = ["LineBoard"]

_HELP: Final = """\
  E5          play there: a letter and a number (the letters skip I)
  pass        pass; two passes in a row end the game
  resign      give the game up
  undo        take back your last move and the bot's answer
  score       count the board as it stands
  dead D4     when both have passed: call the stones at D4 dead, or alive again
  hint        what the bot would play in your place
  show        draw the board again
  save FILE   write the game to a file of your choice (SGF)
  new         keep this game and start another
  help        this list
  quit        stop; the game so far is kept"""

_SHORT_HELP: Final = (
    "Type a point such as {example}, or: pass, undo, hint, score, resign, save FILE, new, help, "
    "quit."
)


class LineBoard:
    """Reads commands, carries them out on a session, and shows what came of it."""

    def __init__(
        self,
        screen: Screen,
        start: Callable[[], tuple[Session, Keeper]],
    ) -> None:
        """`start` makes a new game and says where it is kept; it is called again for `new`."""
        self._screen = screen
        self._start = start
        self._session, self._keeper = start()
        self._commands: dict[str, Callable[[str], None]] = {
            "resign": self._resign,
            "undo": self._undo,
            "score": self._score,
            "dead": self._dead,
            "hint": self._hint,
            "show": lambda _: self._show(),
            "save": self._save,
            "new": self._new,
            "help": lambda _: self._screen.say(_HELP),
        }

    def run(self) -> None:
        """Play until `quit` or the end of input.

        Raises:
            AgentError: if the bot cannot go on. The game is kept then, as after Ctrl-C.
        """
        try:
            self._introduce()
            self._show()
            while self._step():
                pass
        finally:
            self._say_where_kept()

    def _step(self) -> bool:
        """One move of the bot, or one line from the person; False at the end."""
        if self._session.is_agents_turn:
            self._let_agent_move()
            return True
        turn = "Game over" if self._session.is_over else COLOR_NAMES[self._session.human]
        line = self._screen.ask(f"{turn}> ")
        if line is None:
            return False
        word, _, rest = line.strip().partition(" ")
        word = word.lower()
        if word in ("quit", "exit", "q"):
            return False
        if word:
            try:
                self._carry_out(word, rest.strip())
            except (AgentError, ValueError, OSError) as error:
                self._screen.say(_sentence(error))
        return True

    def _carry_out(self, word: str, rest: str) -> None:
        if word in self._commands:
            self._commands[word](rest)
            return
        if rest or (len(word) > 3 and word != "pass"):
            close = difflib.get_close_matches(word, [*self._commands, "pass", "quit"], n=1)
            hint = f"did you mean {close[0]}?" if close else "help lists what you can type"
            raise ValueError(f"unknown command {word[:20]!r}; {hint}")
        self._session.play(word)
        self._after_change()

    # ---- commands

    def _let_agent_move(self) -> None:
        decision = self._session.let_agent_move()
        self._keep()
        name = self._session.name_of(-self._session.human)
        if decision.move == RESIGN:
            self._screen.say(f"\n{name} resigns.")
        else:
            vertex = vertex_name(decision.move, self._session.state.rules.board_size)
            said = "passes" if vertex == "pass" else f"plays {vertex}"
            taken = _taken(self._session.last_captured)
            self._screen.say(f"\n{name} {said}{taken}. {thoughts(decision)}".rstrip())
        self._show()

    def _resign(self, _: str) -> None:
        self._session.resign()
        self._after_change()

    def _undo(self, _: str) -> None:
        count = self._session.take_back()
        self._keep()
        what = "Your resignation is" if count == 0 else "1 move is"
        self._screen.say(f"{what if count < 2 else f'{count} moves are'} taken back.")
        self._show()

    def _score(self, _: str) -> None:
        self._screen.say(f"{score(self._session.state)} (all stones counted as alive).")

    def _dead(self, rest: str) -> None:
        self._session.toggle_dead(rest)
        self._keep()
        self._show_result()

    def _hint(self, _: str) -> None:
        if self._session.is_over:
            raise ValueError("the game is over")
        decision = self._session.ask_agent()
        size = self._session.state.rules.board_size
        self._screen.say(
            f"{self._session.agent.name} would play {vertex_name(decision.move, size)}."
        )
        for reason in decision.reasons:
            self._screen.say(f"  - {reason}")

    def _save(self, rest: str) -> None:
        if not rest:
            self._keeper.keep(self._session.sgf())
            self._screen.say(f"Saved in {self._keeper.path}")
            return
        path = Path(rest).expanduser()
        if path.exists() and path != self._keeper.path:
            raise FileExistsError(17, "there is a file already; choose another name", str(path))
        write_whole(path, self._session.sgf())
        self._screen.say(f"Saved in {path}")

    def _new(self, _: str) -> None:
        self._say_where_kept()
        self._session, self._keeper = self._start()
        self._introduce()
        self._show()

    # ---- showing and keeping

    def _after_change(self) -> None:
        """After the person's own move. The board is drawn again after the bot's answer."""
        self._keep()
        taken = self._session.last_captured
        if taken and not self._session.is_over:
            self._screen.say(f"You take {taken} stone{'s' if taken > 1 else ''}.")
        if self._session.is_over:
            self._show()

    def _introduce(self) -> None:
        session, rules = self._session, self._session.state.rules
        stones = self._screen.style.stones
        players = " against ".join(
            f"{session.name_of(color)} {stones[color]}" for color in (session.human, -session.human)
        )
        example = vertex_name(rules.num_points // 2, rules.board_size)
        self._screen.say(f"{players}, {rules.board_size}x{rules.board_size}, komi {rules.komi:g}.")
        self._screen.say("Area scoring; no position may come again (superko).")
        self._screen.say(f"The game is kept in {self._keeper.path}")
        self._screen.say(_SHORT_HELP.format(example=example))

    def _show(self) -> None:
        session = self._session
        self._screen.say()
        self._screen.draw(session.state)
        if session.is_over:
            self._show_result()
            return
        black, white = session.state.captures
        turn = "Your move" if not session.is_agents_turn else f"{session.agent.name} to move"
        passed = " The other side passed: pass too to end the game." if session.state.passes else ""
        self._screen.say(
            f"{turn}. Move {session.state.move_count + 1}. "
            f"Stones taken by Black: {white}, by White: {black}.{passed}"
        )

    def _show_result(self) -> None:
        session = self._session
        if session.resigned is None and session.state.stones().any():
            dead = dead_stones(session.state, session.dead)
            self._screen.say(
                f"Dead stones: {dead}. Change that with dead and a point; undo goes on."
            )
        self._screen.say(outcome(session.state, session.dead, session.resigned, session.human))

    def _keep(self) -> None:
        try:
            self._keeper.keep(self._session.sgf())
        except OSError as error:
            self._screen.say(f"Warning: the game is not kept: {_sentence(error)}")

    def _say_where_kept(self) -> None:
        if self._keeper.has_written:
            self._screen.say(f"The game is kept in {self._keeper.path}")


def _taken(count: int) -> str:
    return f", taking {count} stone{'s' if count > 1 else ''}" if count else ""


def _sentence(error: Exception) -> str:
    """An error's message as a sentence in one printable line."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    else:
        text = str(error)
    text = " ".join("".join(c if c.isprintable() else "?" for c in text).split())
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"
