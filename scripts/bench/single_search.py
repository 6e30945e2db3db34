"""How fast one position is searched, and what looking at several leaves at once is worth.

    python -m scripts.bench.single_search
    python -m scripts.bench.single_search --simulations 1600 --positions 20

For each arithmetic: simulations a second of one core with one leaf at a time; with leaves of
different root moves together, which finds the same (what agents do); with `leaf_batch=8`, which
does not; and the bare network at 64 positions a call. Processor time of one thread; medians of five
rounds in which all take turns.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch

from agents.base import Evaluator
from agents.net import (
    as_batch,
    empty_planes,
    has_openvino,
    load_bounds,
    load_net,
    make_evaluator,
    shipped_weights,
)
from agents.search import SearchConfig, search_position
from go_engine import GameState, Rules

__all__ = ["main", "rates"]

_ROUNDS: Final = 5
_CALL: Final = 64


class _OneAtATime(SearchConfig):
    """Searches with these settings have no more than one leaf wait."""

    __slots__ = ()

    def room_for_leaves(self, num_games: int) -> int:  # noqa: ARG002
        return 1


def rates(evaluator: Evaluator, simulations: int, states: Sequence[GameState]) -> dict[str, float]:
    """Simulations (or positions) per second of processor time, by name."""
    together = SearchConfig(simulations, gumbel_scale=0.0)
    settings = {
        "one leaf at a time": _OneAtATime(simulations, gumbel_scale=0.0),
        "leaves of different root moves": together,
        "leaf_batch=8": dataclasses.replace(together, leaf_batch=8),
    }

    def search(config: SearchConfig) -> int:
        for state in states:
            search_position(state, evaluator, config, np.random.default_rng(0))
        return simulations * len(states)

    planes = as_batch(empty_planes(_CALL, states[0].rules.board_size))

    def bare() -> int:
        evaluator.evaluate(planes)
        return _CALL

    works: dict[str, Callable[[], int]] = {
        name: lambda config=config: search(config)  # type: ignore[misc]
        for name, config in settings.items()
    }
    works["bare network"] = bare
    found: dict[str, list[float]] = {name: [] for name in works}
    for number in range(_ROUNDS + 1):  # the first one prepares
        for name, work in works.items():
            begin = time.process_time()
            done = work()
            if number:
                found[name].append(done / (time.process_time() - begin))
    return {name: statistics.median(values) for name, values in found.items()}


def _states(count: int) -> list[GameState]:
    """Positions of one game of random moves, evenly spread over its first forty."""
    states: list[GameState] = []
    rng, state = np.random.default_rng(0), GameState(Rules(9, 7.0))
    for ply in range(40):
        if ply % (40 // count) == 0 and len(states) < count:
            states.append(state.copy())
        state.play(int(rng.choice(np.flatnonzero(state.legal_mask()[:-1]))))
    return states


def main(argv: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--simulations", type=int, default=400)
    parser.add_argument("--positions", type=int, default=8, choices=(1, 2, 4, 5, 8, 10, 20, 40))
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    path = shipped_weights()["9x9"]
    net, bounds = load_net(path), load_bounds(path)
    evaluators = {"floating point": make_evaluator(net)}
    if bounds is not None and has_openvino():
        evaluators["eight bits"] = make_evaluator(net, bounds=bounds)
    print(f"{options.simulations} simulations, {options.positions} positions, one core")
    for arithmetic, evaluator in evaluators.items():
        found = rates(evaluator, options.simulations, _states(options.positions))
        for name, rate in found.items():
            print(
                f"{arithmetic:15} {name:31} {rate:8,.0f} a second  "
                f"{rate / found['bare network']:5.0%} of the bare network"
            )


if __name__ == "__main__":
    main()
