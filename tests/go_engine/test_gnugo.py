"""GNU Go as a second opinion on which moves are legal under each ko rule."""

from __future__ import annotations

import random
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from go_engine import (
    BLACK,
    GameState,
    KoRule,
    Rules,
    move_to_vertex,
    vertex_to_move,
    write_sgf,
)
from tests.go_engine.comparison import Setting, any_legal, empty_board, ko_lover, several_kos
from tests.reference import ReferenceGame

FLAGS: dict[KoRule, str] = {
    "positional": "--positional-superko",
    "situational": "--situational-superko",
    "simple": "--simple-ko",
}
SECONDS = 20.0


class GnuGo:
    """A GNU Go process spoken to in GTP; no read waits longer than SECONDS."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def ask(self, command: str) -> str:
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(command.encode() + b"\n")
        stdin.flush()
        answer, deadline = b"", time.monotonic() + SECONDS
        while not answer.endswith(b"\n\n"):
            left = deadline - time.monotonic()
            assert left > 0, f"GNU Go did not answer {command!r}"
            assert select.select([stdout], [], [], left)[0], f"GNU Go did not answer {command!r}"
            chunk = stdout.read1(4096)  # type: ignore[attr-defined]
            assert chunk, "GNU Go died"
            answer += chunk
        assert answer.startswith(b"="), f"{command}: {answer!r}"
        return answer[1:].decode().strip()


@contextmanager
def running(path: str, rules: Rules) -> Iterator[GnuGo]:
    suicide = "--allow-suicide" if rules.allow_suicide else "--forbid-suicide"
    command = [path, "--mode", "gtp", "--quiet", suicide, FLAGS[rules.ko]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield GnuGo(process)
        finally:
            process.kill()


def repeats_by_suicide(reference: ReferenceGame, move: int) -> bool:
    """A suicide that brings an earlier position back. GNU Go 3.8 overlooks that these repeat, the
    empty board after all stones killed themselves included."""
    return reference.reason(move) == "superko" and bool(reference.after(move)[2])


def compare_game(
    gnugo: GnuGo, setting: Setting, lover: bool, plies: int, rng: random.Random, folder: Path
) -> None:
    """Play one game in three engines; legal moves must be the same at every turn.

    The third, the reference, is where the players look for moves.
    """
    state, reference = setting.engine_game(GameState), setting.reference_game()
    size = setting.rules.board_size
    record = folder / "start.sgf"
    record.write_text(write_sgf(state))
    gnugo.ask(f"loadsgf {record}")
    for _ in range(plies):
        if reference.is_over:
            return
        color = "black" if state.to_play == BLACK else "white"
        listed = gnugo.ask(f"all_legal {color}").split()
        theirs = {vertex_to_move(vertex, size) for vertex in listed}
        theirs -= {move for move in theirs if repeats_by_suicide(reference, move)}
        assert theirs == set(state.legal_moves()[:-1].tolist()), gnugo.ask("showboard")
        move = (ko_lover if lover else any_legal)(reference, setting, rng)
        gnugo.ask(f"play {color} {move_to_vertex(move, size)}")
        state.play(move)
        reference.play(move)


@pytest.mark.parametrize("suicide", [False, True])
@pytest.mark.parametrize("ko", FLAGS)
def test_legal_moves_agree(gnugo: str, ko: KoRule, suicide: bool, tmp_path: Path) -> None:
    rng = random.Random(f"{ko} {suicide}")
    for size in (5, 7, 9):
        rules = Rules(size, 7, ko, suicide)
        with running(gnugo, rules) as engine:
            for _ in range(3):
                compare_game(engine, several_kos(rules, rng), True, 40, rng, tmp_path)
            compare_game(engine, empty_board(rules), False, 60, rng, tmp_path)


def test_another_ko_rule_would_be_noticed(gnugo: str, tmp_path: Path) -> None:
    rng = random.Random(1)
    rules = Rules(9, 7, "positional")
    noticed = 0
    with running(gnugo, Rules(9, 7, "simple")) as engine:
        for _ in range(6):
            try:
                compare_game(engine, several_kos(rules, rng), True, 40, rng, tmp_path)
            except AssertionError:
                noticed += 1
    assert noticed >= 3


@pytest.mark.slow
@pytest.mark.parametrize("ko", FLAGS)
def test_legal_moves_agree_in_many_games(gnugo: str, ko: KoRule, tmp_path: Path) -> None:
    rng = random.Random(ko)
    for size in (5, 6, 7, 8, 9, 13):
        for suicide in (False, True):
            rules = Rules(size, 7, ko, suicide)
            with running(gnugo, rules) as engine:
                for _ in range(40 if size < 10 else 5):
                    compare_game(engine, several_kos(rules, rng), True, 80, rng, tmp_path)
                    compare_game(engine, empty_board(rules), False, 120, rng, tmp_path)
