"""The engine under stress, for as long as one likes; what the tests do in little.

    python -m tests.go_engine.stress reference --positions 1000000    # against the slow reference
    python -m tests.go_engine.stress consistency --games 100000       # half of the input is garbage
    python -m tests.go_engine.stress gnugo --games 2000               # legal moves as GNU Go's

Ends with exit code 1 at the first mismatch and says with which seed it comes again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from go_engine import GameState, IllegalMoveError, Rules
from tests.go_engine.comparison import (
    any_legal,
    difference,
    empty_board,
    ko_lover,
    rule_sets,
    several_kos,
)

__all__ = ["compare_with_reference", "main", "play_garbage"]

# Share of the positions by board size: large boards cost the reference a hundred times as much.
SHARES = {2: 12, 3: 15, 4: 16, 5: 16, 6: 14, 7: 12, 8: 5, 9: 6, 10: 1, 11: 1, 12: 0.6, 13: 0.5}
SHARES |= dict.fromkeys(range(14, 20), 0.15)


class MismatchError(Exception):
    """The engine and its judge disagree; the message says where."""


def compare_with_reference(size: int, positions: int, seed: int) -> Iterator[int]:
    """Compare `positions` positions of games on one size, under all ko rules and with suicide on
    and off by turns, half of them games of several kos; yields how many each game had.

    Raises:
        MismatchError: at the first difference.
    """
    rng = random.Random(f"{seed} {size}")
    done = 0
    while done < positions:
        for rules in rule_sets(size):
            kos = size >= 4 and rng.random() < 0.5
            setting = several_kos(rules, rng) if kos else empty_board(rules)
            state, reference = setting.engine_game(GameState), setting.reference_game()
            player = ko_lover if kos else any_legal
            count = 0
            while count < 80 and not reference.is_over:
                if found := difference(state, reference, rng):
                    raise MismatchError(f"{rules}: {found}; moves {state.history}")
                count += 1
                move = player(reference, setting, rng)
                reference.play(move)
                state.play(move)
            done += count
            yield count


def play_garbage(seed: int) -> int:
    """One random game on a random small board, half of whose inputs are garbage; the number of
    inputs. The board is checked from the stones alone after every move, and after every refusal it
    must be as it was; then all moves are taken back.

    Raises:
        MismatchError: if anything is out of step.
    """
    rng = random.Random(seed)
    rules = rng.choice(list(rule_sets(rng.choice((2, 3, 3, 4, 4, 5, 5, 6, 7, 9)))))
    state = GameState(rules)
    rows = [state.kernel_arrays()[0].copy()]
    inputs = 0
    longest = rng.choice((12, 24, 60))
    while not state.is_over and inputs < longest:
        inputs += 1
        legal = state.legal_moves().tolist()
        garbage = rng.random() < 0.5
        move = rng.randint(-5, rules.num_points + 5) if garbage else rng.choice(legal)
        if not garbage and move == rules.pass_move and len(legal) > 1 and rng.random() < 0.8:
            move = legal[0]
        try:
            state.play(move)
        except IllegalMoveError:
            if move in legal:
                raise MismatchError(f"seed {seed}: the legal move {move} is refused") from None
            if not np.array_equal(state.kernel_arrays()[0], rows[-1]):
                raise MismatchError(f"seed {seed}: a refused move changed the game") from None
            continue
        if move not in legal:
            raise MismatchError(f"seed {seed}: {move} is played but not in the legal moves")
        rows.append(state.kernel_arrays()[0].copy())
        _check(state, seed)
    while state.move_count:
        state.undo()
        rows.pop()
        if not np.array_equal(state.kernel_arrays()[0], rows[-1]):
            raise MismatchError(f"seed {seed}: undo does not lead back")
    return inputs


def _check(state: GameState, seed: int) -> None:
    try:
        state.board.check_consistency()
    except AssertionError as error:
        raise MismatchError(f"seed {seed}, {state.rules}: {error}") from None


# ---------------------------------------------------------------- the command


def _bar(total: int, unit: str) -> tqdm[Any]:
    """Progress: live on a terminal, a line now and then into a file."""
    between = 0.1 if sys.stderr.isatty() else 30.0
    return tqdm(total=total, unit=unit, mininterval=between, maxinterval=between)


def _reference(options: argparse.Namespace) -> str:
    whole = sum(SHARES.values())
    compared = 0
    with _bar(options.positions, "position") as bar:
        for size, share in SHARES.items():
            wanted = int(options.positions * share / whole) + 1
            for count in compare_with_reference(size, wanted, options.seed):
                compared += count
                bar.update(count)
    return f"{compared:,} positions on sizes 2 to 19 agree with the reference"


def _consistency(options: argparse.Namespace) -> str:
    inputs = 0
    with _bar(options.games, "game") as bar:
        for seed in range(options.seed, options.seed + options.games):
            inputs += play_garbage(seed)
            bar.update()
    return f"{options.games:,} games ({inputs:,} inputs) are consistent and undone exactly"


def _gnugo(options: argparse.Namespace) -> str:
    from agents.gtp.gnugo import find_gnugo
    from tests.go_engine.test_gnugo import compare_game, running

    path = find_gnugo()
    if path is None:
        raise MismatchError("GNU Go is not installed")
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder, _bar(options.games, "game") as bar:
        while bar.n < options.games:
            rules = Rules(rng.choice((5, 6, 7, 8, 9)), 7, "positional", rng.random() < 0.3)
            with running(path, rules) as engine:
                for number in range(50):
                    kos = number % 2 == 0
                    setting = several_kos(rules, rng) if kos else empty_board(rules)
                    compare_game(engine, setting, kos, 80, rng, Path(folder))
                    bar.update()
        played = bar.n
    return f"GNU Go lists the same legal moves in {played:,} games (positional superko)"


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.go_engine.stress",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=0)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("reference").add_argument("--positions", type=int, default=1_000_000)
    kinds.add_parser("consistency").add_argument("--games", type=int, default=100_000)
    kinds.add_parser("gnugo").add_argument("--games", type=int, default=2_000)
    options = parser.parse_args(arguments)
    jobs: dict[str, Callable[[argparse.Namespace], str]] = {
        "reference": _reference,
        "consistency": _consistency,
        "gnugo": _gnugo,
    }
    start = time.monotonic()
    try:
        said = jobs[options.kind](options)
    except (MismatchError, AssertionError) as error:
        print(f"MISMATCH: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; no mismatch so far", file=sys.stderr)
        return 130
    print(f"{said}; {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
