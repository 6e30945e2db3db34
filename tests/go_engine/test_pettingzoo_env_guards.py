"""The guards round the PettingZoo environment, beside the library's own, and copies of it."""

from __future__ import annotations

import pickle  # to show that environments cross processes; no file is read
import warnings
from copy import copy, deepcopy
from functools import partial
from typing import Any

import numpy as np
import pytest
from pettingzoo.utils import wrappers

from go_engine.envs import pettingzoo_env


def stacked(**settings: Any) -> Any:
    """The environment in PettingZoo's own three guards."""
    guarded = wrappers.TerminateIllegalWrapper(
        pettingzoo_env.raw_env(**settings), illegal_reward=-1
    )
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(guarded))


NAMES = ("agents", "agent_selection", "rewards", "terminations", "truncations", "infos")


def report(act: Any) -> Any:
    """What a call gives, or its error."""
    try:
        return act()
    except Exception as error:
        return type(error), str(error)


def attribute(env: Any, name: str) -> Any:
    """A copy: agents and their rewards are changed in place."""
    return copy(getattr(env, name))


def told(env: Any) -> list[Any]:
    """All that an environment says of itself."""
    said = [report(partial(attribute, env, name)) for name in (*NAMES, "num_agents")]
    last = report(env.last) if env._has_reset and env.agents else None
    seen = [] if last is None else [array.tolist() for array in last[0].values()]
    return [*said, seen, None if last is None else last[1:]]


@pytest.mark.parametrize(
    "actions",
    [
        [4, 0, 9, 9, None, None],
        [4, 4, None, None],  # illegal
        [0, 1, 8, 3, 0, None, None],  # suicide
        [4, 10],  # no action at all
        [4, -1],
        [4, 1.5],
        [4, None],
        [9, 9, 3],  # a dead agent plays
        [9, 9, None, None, None],  # nobody is left
        [4, 4, 5],
        [np.int64(4), np.int8(0), np.array(9)],
    ],
)
def test_guards_are_those_of_the_library(actions: list[Any]) -> None:
    ours, theirs = pettingzoo_env.env(board_size=3), stacked(board_size=3)
    assert told(ours) == told(theirs)
    for env in (ours, theirs):
        env.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for action in actions:
            assert told(ours) == told(theirs)
            steps = [report(partial(env.step, action)) for env in (ours, theirs)]
            assert steps[0] == steps[1]
    assert told(ours) == told(theirs)


@pytest.mark.parametrize("call", ["step", "observe", "last", "render", "agent_iter", "state"])
def test_nothing_works_before_the_first_reset(call: str) -> None:
    arguments = {"step": (4,), "observe": ("black_0",)}.get(call, ())
    errors = [
        report(partial(getattr(env, call), *arguments))
        for env in (pettingzoo_env.env(board_size=3), stacked(board_size=3))
    ]
    assert errors[0] == errors[1]
    assert issubclass(errors[0][0], Exception)


def test_every_turn_of_an_iteration_needs_a_step() -> None:
    env = pettingzoo_env.env(board_size=3)
    env.reset()
    turns = env.agent_iter().__iter__()
    next(turns)
    with pytest.raises(AssertionError, match="need to call step"):
        next(turns)


@pytest.mark.parametrize("twin_of", [deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_are_in_the_same_game_and_go_on_by_themselves(twin_of: Any) -> None:
    env = pettingzoo_env.env(board_size=3)
    env.reset()
    env.step(4)
    twin = twin_of(env)
    assert told(twin) == told(env)
    twin.step(0)
    assert env.unwrapped.game.state.history == (4,)
    assert twin.unwrapped.game.state.history == (4, 0)
    env.step(0)
    assert told(twin) == told(env)
