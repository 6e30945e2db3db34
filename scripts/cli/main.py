"""The `untold` command: finds the subcommand, reads its options, says in one line what went wrong.

A subcommand NAME is the module `scripts.cli.NAME` (a hyphen is an underscore there), imported only
when it is asked for. It has

- `Config`: a frozen dataclass whose fields are the options and whose field docstrings are the help;
- `run(config) -> int`: does the work and returns the exit code;
- `HELP` (optional): text on top of `--help`, with examples; else the module's docstring is used.

Exit codes: 0 done, 2 a wrong command line or anything a person can put right (AgentError,
ValueError, OSError: one line on stderr, no traceback; UNTOLD_DEBUG=1 shows it), 130 Ctrl-C.

This file imports nothing but the standard library, so that it can say what is missing.
"""

from __future__ import annotations

import atexit
import contextlib
import difflib
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, Final

__all__ = ["COMMANDS", "LEFT_BEHIND", "main"]

COMMANDS: Final = {
    "play": "play against a bot on a board in the terminal",
    "train": "let a network teach itself Go from nothing",
    "status": "see how a training run is doing",
    "watch": "watch two agents play, or the newest games of a running training",
    "tournament": "let agents play each other and rate them",
    "ladder": "rate an agent among others whose strength is known",
    "agents": "list who can play, and by which names",
    "gtp": "be an engine for Go programs such as Sabaki or GoGui",
    "analyze-json": "analyse positions for KaTrain and others that speak KataGo's JSON",
    "measure": "measure a training run's strength, beside it or after it",
    "report": "turn a training run into one HTML page",
    "told": "train and look into the player that people told how to play",
}

LEFT_BEHIND: Final = ("thinker", "warm-up")
"""Names of threads that nobody waits for at the end."""

_OVERVIEW: Final = """\
Untold: a Go player that was never told a move, beside one that was.

usage: {prog} COMMAND [options]

{commands}

Begin with one of these:
  {prog} play                                 you are Black on 9x9, the best bot is White
  {prog} play --size 5 --agent random         the smallest board that is a real game
  {prog} tournament --help                    every command explains itself
"""

_INTERRUPTED: Final = 130
_NOBODY_READS: Final = 141  # what a shell reports for a process that SIGPIPE ended
_WRONG: Final = 2


def main(argv: Sequence[str] | None = None, prog: str = "untold") -> int:
    """Run the command line `argv` (default: the process's own); the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    label = f"{prog} {args[0]}" if args and args[0] in COMMANDS else prog
    try:
        with _ending_cleanly_on_signals():
            code = _dispatch(args, prog)
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except BrokenPipeError:
        # Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _NOBODY_READS
    except Exception as error:
        if not _is_for_people(error):
            raise
        if os.environ.get("UNTOLD_DEBUG"):
            traceback.print_exc()
        print(f"{label}: {_one_line(error)}", file=sys.stderr)
        code = _WRONG
    if argv is None and any(thread.name in LEFT_BEHIND for thread in threading.enumerate()):
        _end_at_once(code)
    return code


def _end_at_once(code: int) -> None:
    """End although a thread is still in another library's code (loading a network, say). Python's
    own way to end would cut it off there, which aborts the process."""
    atexit._run_exitfuncs()  # engines are ended there
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _dispatch(args: list[str], prog: str) -> int:
    if not args or args[0] in ("-h", "--help", "help"):
        print(_overview(prog), end="")
        return 0
    if args[0] in ("-V", "--version"):
        from scripts.cli.common import program_version

        print(f"untold {program_version()}")
        return 0
    name = args[0]
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(COMMANDS)}"
        raise ValueError(f"no command {name!r}; {hint}")
    module: Any = importlib.import_module(f"scripts.cli.{name.replace('-', '_')}")
    parse = importlib.import_module("scripts.cli.parse").parse
    help_text = getattr(module, "HELP", None) or module.__doc__ or COMMANDS[name]
    config = parse(module.Config, args[1:], prog=f"{prog} {name}", description=help_text)
    code: int = module.run(config)
    return code


def _overview(prog: str) -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    return _OVERVIEW.format(prog=prog, commands="\n".join(lines))


@contextlib.contextmanager
def _ending_cleanly_on_signals() -> Iterator[None]:
    """Let `finally` clauses run when the terminal closes or somebody asks us to end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    ours = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _stop(number: int, _: object) -> None:
    sys.exit(128 + number)


def _is_for_people(error: Exception) -> bool:
    """Whether the person at the keyboard can put it right; anything else is our own mistake."""
    if isinstance(error, ModuleNotFoundError):
        own = ("go_engine", "agents", "selfplay", "scripts")
        return error.name is not None and error.name.split(".")[0] not in own
    base = sys.modules.get("agents.base")
    kinds = (ValueError, OSError) if base is None else (ValueError, OSError, base.AgentError)
    return isinstance(error, kinds)


def _one_line(error: Exception) -> str:
    """The message in one line that does nothing to a terminal."""
    if isinstance(error, ModuleNotFoundError):
        return f"the package {error.name!r} is not installed; run `bash scripts/setup` first"
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f": {error.filename}"
        text = f"{error.strerror}{where}"
    else:
        text = str(error) or type(error).__name__
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


if __name__ == "__main__":
    sys.exit(main())
