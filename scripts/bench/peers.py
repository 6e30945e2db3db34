"""Other people's Go environments, where they are installed, given the same work as ours.

Nothing is installed. Each function gives `None` where its library cannot be imported, else figures
by name, all per second.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import os
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from scripts.bench.ours import RULES, environment_steps
from scripts.bench.timing import Work, median_rate

__all__ = ["PEERS", "Figures", "measure_peer"]

Figures = dict[str, float]


def _go_v5(games: Sequence[Sequence[int]], seconds: float) -> Figures:
    """PettingZoo's own Go, in its own guards. (It knows simple ko only.)"""
    module = importlib.import_module("pettingzoo.classic.go_v5")
    env = module.env(board_size=RULES.board_size, komi=RULES.komi)
    # One game a call: it is slow.
    work = _cycle([environment_steps([moves], env) for moves in games])
    return {"pettingzoo_env_moves_per_s": median_rate(work, seconds)}


def _cycle(works: Sequence[Work]) -> Work:
    """Does one of `works` at every call, in turn."""
    turns = itertools.cycle(works)
    return lambda: next(turns)()


def _open_spiel(games: Sequence[Sequence[int]], seconds: float) -> Figures:
    """OpenSpiel from Python, on stored games. A playout lists the legal actions and draws one of
    them at every move; then the stored move is played, so that its games are as long as ours."""
    spiel = importlib.import_module("pyspiel")
    game = spiel.load_game("go", {"board_size": RULES.board_size, "komi": RULES.komi})
    draw = random.Random(0).choice

    def steps(play: Callable[[Any, int], object]) -> Work:
        def work() -> int:
            done = 0
            for moves in games:
                state = game.new_initial_state()
                for move in moves:  # its moves are numbered as ours, from the other edge
                    play(state, move)
                    done += 1
                    if state.is_terminal():
                        break
            return done

        return work

    def unchecked(state: Any, move: int) -> None:
        state.apply_action(move)

    def checked(state: Any, move: int) -> None:
        state.apply_action_with_legality_check(move)

    def playout(state: Any, move: int) -> None:
        draw(state.legal_actions())
        state.apply_action(move)

    def observed(state: Any, move: int) -> None:
        state.observation_tensor()
        state.apply_action(move)

    length = sum(map(len, games)) / len(games)
    return {
        "python_moves_per_s": median_rate(steps(checked), seconds),
        "playouts_per_s": median_rate(steps(playout), seconds) / length,
        "unchecked_moves_per_s": median_rate(steps(unchecked), seconds),
        "observed_moves_per_s": median_rate(steps(observed), seconds),
    }


_BATCHES: Final = (64, 512)


def _pgx(games: Sequence[Sequence[int]], seconds: float) -> Figures:  # noqa: ARG001
    """pgx on one CPU core: random legal moves of many games at once, its best batch. It makes
    mask and observation at every step, and games that are over count as if they went on."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    with _on_one_core():
        return {"vector_moves_per_s": max(_pgx_rate(batch, seconds) for batch in _BATCHES)}


def _pgx_rate(batch: int, seconds: float) -> float:
    jax, pgx = importlib.import_module("jax"), importlib.import_module("pgx")
    env = pgx.make(f"go_{RULES.board_size}x{RULES.board_size}")

    def advance(state: Any, key: Any) -> Any:
        key, draw = jax.random.split(key)
        logits = jax.numpy.log(state.legal_action_mask.astype(jax.numpy.float32))
        return jax.vmap(env.step)(state, jax.random.categorical(draw, logits, axis=1)), key

    advance = jax.jit(advance)
    keys = jax.random.split(jax.random.PRNGKey(0), batch)
    now = [jax.jit(jax.vmap(env.init))(keys), jax.random.PRNGKey(1)]

    def work() -> int:
        now[:] = advance(*now)
        jax.block_until_ready(now[0])
        return batch

    return median_rate(work, seconds)


@contextlib.contextmanager
def _on_one_core() -> Iterator[None]:
    """Keep threads that are started meanwhile to one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


PEERS: Final = {"go_v5": _go_v5, "open_spiel": _open_spiel, "pgx": _pgx}


def measure_peer(name: str, games: Sequence[Sequence[int]], seconds: float) -> Figures | None:
    """The figures of one of PEERS with at most about `seconds` each, on the stored `games`."""
    try:
        # Some greet with banners and version warnings.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return PEERS[name](games, seconds)
    except ImportError:
        return None
