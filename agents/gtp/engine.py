"""A GTP 2 engine around any agent: what GUIs and other programs talk to.

The specification is Gunnar Farnebäck's "Specification of the Go Text Protocol, version 2", draft 2.
Beyond it there are the analysis commands of Leela Zero and KataGo (`agents.gtp.reports`), pictures
for GoGui (`agents.gtp.gogui`) and what KGS's client sends. docs/gtp.md has the whole list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final

import numpy as np

from agents.analysis import Analyst
from agents.base import Agent, AgentError, Limits
from agents.gtp.arguments import GtpError, word
from agents.gtp.commands import GameCommands
from agents.gtp.lines import MAX_LINE, Lines, TooLongError
from agents.gtp.moves import MoveCommands
from agents.gtp.streams import Patience, StreamCommands
from go_engine.rules import Rules
from go_engine.state import GameState

__all__ = ["GtpEngine", "serve"]

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOO_LONG: Final = f"? line longer than {MAX_LINE} bytes\n\n"


class GtpEngine:
    """One game, one agent, and the commands on them."""

    def __init__(
        self,
        make: Callable[[], Agent],
        rng: np.random.Generator,
        *,
        rules: Rules | None = None,
        limits: Limits | None = None,
        name: str = "Untold",
        version: str = "",
        analyst: Callable[[Agent], Analyst] | None = None,
    ) -> None:
        """
        Args:
            make: called when the first move is asked for, so that a GUI need not wait for weights
                to load before it hears from us.
            rng: where all chance comes from.
            rules: until commands change them.
            limits: what a move may cost; the clock may only tighten them.
            name: what `name` answers.
            version: what `version` answers.
            analyst: who analyses for the agent; without one there are no analysis commands.
        """
        self._game = GameCommands(rules or Rules())
        self._player = MoveCommands(self._game, make, rng, limits or Limits())
        self._streams = StreamCommands(self._game, self._player, analyst) if analyst else None
        self.is_closing = False
        self._commands: dict[str, Callable[[list[str]], str]] = {
            "protocol_version": lambda _: "2",
            "name": lambda _: name,
            "version": lambda _: version,
            "known_command": lambda words: str(word(words, 0) in self.commands).lower(),
            "list_commands": lambda _: "\n".join(self.commands),
            "quit": self._quit,
            "stop": lambda _: "",  # whatever ran has been stopped by the line's coming
            **self._game.commands(),
            **self._player.commands(),
            **(self._streams.pictures() if self._streams else {}),
        }

    @property
    def commands(self) -> tuple[str, ...]:
        """The names of all commands."""
        return (*self._commands, *self._streaming())

    @property
    def state(self) -> GameState:
        """The game as it stands. Not a copy."""
        return self._game.state

    def answer(self, line: str) -> str | None:
        """The whole answer to one line, its closing blank line included; None to a line that
        holds no command (blank, or a comment alone). An analysis is stopped after one report."""
        return "".join(self.respond(line)) or None

    def respond(self, line: str, is_interrupted: Patience = lambda _: True) -> Iterator[str]:
        """The answer to one line, piece by piece as it comes to be.

        `is_interrupted(seconds)` says whether further input is there, waiting for it so long.
        """
        text = _UNPRINTABLE.sub("", line.replace("\t", " ")).partition("#")[0]
        words = text.split()
        number = ""
        if words and words[0].isascii() and words[0].isdigit():
            number = words.pop(0)[:18]
        if not words:
            if number:
                yield f"?{number} no command\n\n"
            return
        streaming = self._streaming().get(words[0])
        try:
            if streaming is None:
                yield self._whole_answer(number, words)
                return
            # What is wrong with the command comes to light before the first piece.
            pieces = streaming(words[1:], is_interrupted)
            first = next(pieces, "")
        except (GtpError, AgentError) as error:
            yield f"?{number} {_one_line(error)}\n\n"
            return
        yield f"={number}\n{first}"
        try:
            yield from pieces
        except (GtpError, AgentError) as error:
            yield f"# {_one_line(error)}\n"
        yield "\n"

    def load(self) -> Agent:
        """Make the agent now, unless it is there.

        Raises:
            AgentError: if it cannot be made.
        """
        return self._player.load()

    def close(self) -> None:
        """Close the agent, if one was made."""
        self._player.close()

    def _whole_answer(self, number: str, words: list[str]) -> str:
        command = self._commands.get(words[0])
        if command is None:
            raise GtpError("unknown command")
        text = command(words[1:])
        blank = " " if text and not text.startswith("\n") else ""
        return f"={number}{blank}{text}\n\n"

    def _streaming(self) -> Mapping[str, Callable[[list[str], Patience], Iterator[str]]]:
        return self._streams.streaming if self._streams else {}

    def _quit(self, _: list[str]) -> str:
        self.is_closing = True
        return ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def serve(engine: GtpEngine, commands: BinaryIO, answers: BinaryIO) -> None:
    """Answer every line of `commands` until `quit` or its end, then close the engine.

    Raises:
        BrokenPipeError: if nobody reads the answers any more.
    """
    lines = Lines(commands)
    try:
        while not engine.is_closing:
            try:
                line = lines.next()
            except TooLongError:
                _write(answers, _TOO_LONG)
                continue
            if line is None:
                break
            for piece in engine.respond(line.decode("utf-8", "replace"), lines.is_waiting):
                _write(answers, piece)
    finally:
        engine.close()


def _write(answers: BinaryIO, text: str) -> None:
    if text:
        answers.write(text.encode("utf-8", "replace"))
        answers.flush()
