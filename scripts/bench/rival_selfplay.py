"""Self-play of AlphaZero as other libraries have it, on 9x9. `rivals.py` runs this file in a Python
that has them:

python rival_selfplay.py NAME BLOCKS CHANNELS SIMULATIONS CORE,CORE,... CLOCK

Says `{"positions": 0}` when everything is compiled, or `{"absent": reason}`; then reads numbers of
seconds, one a line, and answers each with `{"positions": ..., "seconds": ...}`.

Knows nothing of our packages, and needs none of what they need.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["main"]

BATCHES = (16, 64)
"""Games at once that pgx is tried with; the faster one counts."""

Work = Callable[[], int]
"""Plays one move in some games; how many moves that were."""


def main(arguments: list[str]) -> int:
    """Serve until the input ends."""
    name = arguments[0]
    blocks, channels, simulations = map(int, arguments[1:4])
    cores = [int(core) for core in arguments[4].split(",")]
    _stay_on(cores)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # banners of libraries go elsewhere
    try:
        work = WORKS[name](blocks, channels, simulations)
    except ImportError as error:
        return _say(out, {"absent": f"not installed ({str(error).splitlines()[0]})"})
    except Exception as error:  # whatever a peer's library finds wrong, ours goes on
        text = str(error).splitlines() or [""]
        return _say(out, {"absent": f"{type(error).__name__}: {text[0][:200]}"})
    _say(out, {"positions": 0})
    for line in sys.stdin:
        before = time.process_time()
        positions, seconds = _timed(work, float(json.loads(line)))
        if arguments[5] == "cpu":
            seconds = (time.process_time() - before) / len(cores)
        _say(out, {"positions": positions, "seconds": seconds})
    return 0


def _say(out: Any, what: dict[str, Any]) -> int:
    print(json.dumps(what), file=out, flush=True)
    return 0


def _stay_on(cores: list[int]) -> None:
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    if len(cores) == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def _timed(work: Work, seconds: float) -> tuple[int, float]:
    done, start = 0, time.perf_counter()
    passed = 0.0
    while passed < seconds:
        done += work()
        passed = time.perf_counter() - start
    return done, passed


# ---------------------------------------------------------------- pgx and mctx


def pgx_mctx(blocks: int, channels: int, simulations: int) -> Work:
    """pgx's Go under mctx's Gumbel search, as its AlphaZero example does it: the batch that is
    faster. The network has folded norms: two convolutions a block, biases, and small heads."""
    works = [_pgx_work(batch, blocks, channels, simulations) for batch in BATCHES]
    for work in works:
        work()
    rates = []
    for work in works:
        positions, seconds = _timed(work, 2.0)
        rates.append(positions / seconds)
    return works[rates.index(max(rates))]


def _pgx_work(batch: int, blocks: int, channels: int, simulations: int) -> Work:
    jax, pgx, mctx = map(importlib.import_module, ("jax", "pgx", "mctx"))
    env = pgx.make("go_9x9")
    step = jax.vmap(env.step)
    weights, net = _jax_net(jax, blocks, channels, env.observation_shape[-1], env.num_actions)

    def root_of(weights: Any, state: Any) -> Any:
        logits, value = net(weights, state.observation)
        return mctx.RootFnOutput(prior_logits=logits, value=value, embedding=state)

    def after(weights: Any, _: Any, action: Any, state: Any) -> Any:
        player = state.current_player
        state = step(state, action)
        logits, value = net(weights, state.observation)
        lowest = jax.numpy.finfo(logits.dtype).min
        reward = state.rewards[jax.numpy.arange(batch), player]
        return (
            mctx.RecurrentFnOutput(
                reward=reward,
                discount=jax.numpy.where(state.terminated, 0.0, -1.0),
                prior_logits=jax.numpy.where(state.legal_action_mask, logits, lowest),
                value=jax.numpy.where(state.terminated, 0.0, value),
            ),
            state,
        )

    def move(weights: Any, state: Any, fresh: Any, key: Any) -> Any:
        key, draw = jax.random.split(key)
        found = mctx.gumbel_muzero_policy(
            params=weights,
            rng_key=draw,
            root=root_of(weights, state),
            recurrent_fn=after,
            num_simulations=simulations,
            invalid_actions=~state.legal_action_mask,
            qtransform=mctx.qtransform_completed_by_mix_value,
            gumbel_scale=1.0,
        )
        state = step(state, found.action)

        def chosen(new: Any, old: Any) -> Any:
            over = state.terminated.reshape((batch,) + (1,) * (new.ndim - 1))
            return jax.numpy.where(over, new, old)

        return jax.tree_util.tree_map(chosen, fresh, state), found.action_weights, key

    fresh = jax.jit(jax.vmap(env.init))(jax.random.split(jax.random.PRNGKey(0), batch))
    play = jax.jit(move)
    now = [fresh, jax.random.PRNGKey(1)]

    def work() -> int:
        now[0], targets, now[1] = play(weights, now[0], fresh, now[1])
        jax.block_until_ready((now[0], targets))
        return batch

    return work


def _jax_net(jax: Any, blocks: int, channels: int, inputs: int, actions: int) -> Any:
    """A residual policy-value network for 9x9: (weights, function of weights and observations)."""
    rng = importlib.import_module("numpy").random.default_rng(0)

    def matrix(*shape: int) -> Any:
        fan_in = 1
        for n in shape[:-1]:
            fan_in *= n
        drawn = rng.normal(0.0, (2.0 / fan_in) ** 0.5, shape).astype("float32")
        return jax.numpy.asarray(drawn), jax.numpy.zeros(shape[-1], "float32")

    weights = {
        "stem": matrix(3, 3, inputs, channels),
        "blocks": [
            (matrix(3, 3, channels, channels), matrix(3, 3, channels, channels))
            for _ in range(blocks)
        ],
        "policy": matrix(1, 1, channels, 2),
        "moves": matrix(81 * 2, actions),
        "value": matrix(1, 1, channels, 1),
        "hidden": matrix(81, channels),
        "result": matrix(channels, 1),
    }

    def convolve(x: Any, layer: Any) -> Any:
        kernel, bias = layer
        dims = ("NHWC", "HWIO", "NHWC")
        y = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=dims)
        return y + bias

    def dense(x: Any, layer: Any) -> Any:
        return x @ layer[0] + layer[1]

    def net(weights: Any, observation: Any) -> Any:
        relu = jax.nn.relu
        x = relu(convolve(observation.astype("float32"), weights["stem"]))
        for first, second in weights["blocks"]:
            x = relu(x + convolve(relu(convolve(x, first)), second))
        flat = (x.shape[0], -1)
        logits = dense(relu(convolve(x, weights["policy"])).reshape(flat), weights["moves"])
        hidden = relu(dense(relu(convolve(x, weights["value"])).reshape(flat), weights["hidden"]))
        return logits, jax.numpy.tanh(dense(hidden, weights["result"]))[:, 0]

    return weights, net


# ---------------------------------------------------------------- OpenSpiel


def open_spiel(blocks: int, channels: int, simulations: int) -> Work:
    """One actor of OpenSpiel's Python AlphaZero: its model, evaluator and search, its own cache."""
    spiel = importlib.import_module("pyspiel")
    base = "open_spiel.python.algorithms."
    mcts = importlib.import_module(base + "mcts")
    evaluator_lib = importlib.import_module(base + "alpha_zero.evaluator")
    game = spiel.load_game("go", {"board_size": 9, "komi": 7.0})
    with _folder() as folder:
        model = _open_spiel_model(game, blocks, channels, folder)
        evaluator = evaluator_lib.AlphaZeroEvaluator(game, model)
        bot = mcts.MCTSBot(
            game,
            2.0,
            simulations,
            evaluator,
            solve=False,
            dirichlet_noise=(0.25, 1.0),
            child_selection_fn=mcts.SearchNode.puct_value,
            verbose=False,
            dont_return_chance_node=True,
        )
        states = [game.new_initial_state()]

        def work() -> int:
            root = bot.mcts_search(states[0])
            states[0].apply_action(root.best_child().action)
            if states[0].is_terminal():
                states[0] = game.new_initial_state()
            return 1

        work()
    return work


def _open_spiel_model(game: Any, blocks: int, channels: int, folder: str) -> Any:
    """By whichever of its two interfaces works here."""
    arguments = ("resnet", game.observation_tensor_shape(), game.num_distinct_actions())
    package = "open_spiel.python.algorithms.alpha_zero.model_"
    failures = []
    for flavour in ("nnx", "linen"):
        try:
            library = importlib.import_module(package + flavour)
            return library.Model.build_model(*arguments, channels, blocks, 1e-4, 1e-3, folder)
        except Exception as error:  # the other one may do
            failures.append(error)
    raise failures[0]


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield folder


WORKS = {"pgx_mctx": pgx_mctx, "open_spiel": open_spiel}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
