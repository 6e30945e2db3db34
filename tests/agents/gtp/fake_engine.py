"""A GTP engine that does as it is told, well or badly; run as a program by the tests.

    fake_engine.py MODE LOG [MOVE ...]

It answers `genmove` with the moves given, one after the other, then passes. Every command that it
reads is written to LOG, one a line, without its id. What MODE spoils:

    good          nothing
    no-ids        answers without echoing ids, and with Windows line ends
    chatter       writes remarks between and before its answers
    noundo        has no undo
    minimal       refuses list_commands
    hang          never answers genmove
    hang-at-once  never answers anything
    deaf          never reads, never answers, ignores SIGTERM
    crash         exits with code 3 at genmove, its last words on stderr
    killed        kills itself at genmove
    garbage       answers genmove with bytes that are no GTP, for ever
    endless       answers genmove with one line that never ends
    endless-list  answers genmove with lines that never end
    wrong-id      answers genmove with another id
    refuse        answers genmove with `? ...`
    refuse-play   answers play with `? ...`
    shout         fills stderr before each answer
    modern        has also time_left, kata-set-rules and kgs-genmove_cleanup, which answers B1
                  and then passes
    own-rules     as modern, but refuses kata-set-rules
    stubborn      always plays A1
    busy          spends CPU time at genmove
    stay          ignores quit, end of input and SIGTERM
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

COMMANDS = (
    "protocol_version name version known_command list_commands quit boardsize clear_board komi "
    "play genmove undo time_settings set_random_seed"
)

CLEANED: list[str] = []  # commands to clean up so far


def sleep_for_ever() -> NoReturn:
    while True:
        time.sleep(60)


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def misbehave_at_genmove(mode: str, number: str) -> None:
    """Do what the mode says instead of answering; returns where it says nothing."""
    if mode == "hang":
        sleep_for_ever()
    if mode == "crash":
        print("out of joseki", file=sys.stderr, flush=True)
        sys.exit(3)
    if mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "garbage":
        while True:
            write("%PNG \x1b[31m\x00\x07 not what you think\n")
    if mode == "endless":
        write(f"={number} ")
        while True:
            write("A" * 4096)
    if mode == "endless-list":
        write(f"={number} A1\n")
        while True:
            write("A1 B2 C3\n" * 100)


def answer(mode: str, command: str, number: str, moves: list[str]) -> str:
    word = command.split()[0]
    if word == "list_commands":
        if mode == "minimal":
            return f"?{number} unknown command"
        known = [c for c in COMMANDS.split() if not (mode == "noundo" and c == "undo")]
        if mode in ("modern", "own-rules"):
            known += ["time_left", "kata-set-rules", "kgs-genmove_cleanup"]
        return f"={number} " + "\n".join(known)
    if word == "play" and mode == "refuse-play":
        return f"?{number} illegal move"
    if word == "kata-set-rules" and mode == "own-rules":
        return f"?{number} not those"
    if word == "kgs-genmove_cleanup":
        CLEANED.append(command)
        return f"={number} {'B1' if len(CLEANED) == 1 else 'pass'}"
    if word == "genmove":
        if mode == "stubborn":
            return f"={number} A1"
        if mode == "busy":
            until = time.process_time() + 0.3
            while time.process_time() < until:
                pass
        misbehave_at_genmove(mode, number)
        if mode == "refuse":
            return f"?{number} cannot\tthink"
        if mode == "wrong-id":
            return "=4711 A1"
        return f"={number} {moves.pop(0) if moves else 'pass'}"
    return f"={number}"


def main() -> None:
    mode, log, moves = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    if mode in ("stay", "deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode in ("hang-at-once", "deaf"):
        sleep_for_ever()
    if mode == "chatter":
        write("Welcome!\n\n== loading ==\n")
    for line in sys.stdin:
        number, _, command = line.strip().partition(" ")
        if not number.isdigit():
            number, command = "", line.strip()
        with log.open("a") as file:
            file.write(command + "\n")
        if mode == "shout":
            sys.stderr.write("thinking hard\n" * 20_000)
        if mode == "chatter":
            write("info: thinking\n\n")
        text = answer(mode, command, number, moves)
        if mode == "no-ids":
            write((text[0] + text[1:].lstrip("0123456789")).replace("\n", "\r\n") + "\r\n\r\n")
        else:
            write(text + "\n\n")
        if command == "quit" and mode != "stay":
            return
    if mode == "stay":
        sleep_for_ever()


if __name__ == "__main__":
    main()
