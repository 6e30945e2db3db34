"""Calling agents off while they think, from another thread."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.base import Agent, Evaluation, Limits, Stoppable, Stopped
from agents.gtp import GtpAgent
from agents.net import StoppableEvaluator
from agents.search.agent import KeepingZeroAgent, ZeroAgent
from go_engine import GameState, Rules

FAKE = Path(__file__).parent / "gtp" / "fake_engine.py"


class Counting:
    """A network that knows nothing; sets `stop` when it has been asked `calls` times."""

    def __init__(self, calls: int) -> None:
        self.left = calls
        self.stop = threading.Event()

    def evaluate(self, planes: NDArray[np.float32]) -> Evaluation:
        self.left -= 1
        if self.left == 0:
            self.stop.set()
        count, points = len(planes), planes.shape[2] ** 2
        zeros = np.zeros(count, np.float32)
        logits = np.zeros((count, points + 1), np.float32)
        return Evaluation(logits, zeros + 0.5, zeros, np.zeros((count, points), np.float32))


@pytest.fixture
def state() -> GameState:
    return GameState(Rules(5))


def move_of(agent: Agent, state: GameState) -> int:
    return agent.select_move(state, Limits(), np.random.default_rng(1)).move


@pytest.mark.parametrize("keeps_tree", [False, True])
def test_search_ends_at_the_next_call_of_its_network(state: GameState, keeps_tree: bool) -> None:
    network = Counting(calls=5)
    zero = ZeroAgent(simulations=50, evaluator=network)
    agent = KeepingZeroAgent(zero) if keeps_tree else zero
    assert isinstance(agent, Stoppable)
    agent.stop = network.stop
    with pytest.raises(Stopped):
        move_of(agent, state)
    assert network.left == 0
    network.stop.clear()
    unspoilt = ZeroAgent(simulations=50, evaluator=Counting(calls=-1))
    assert move_of(agent, state) == move_of(unspoilt, state)


def test_tree_is_still_kept_where_nobody_stops(state: GameState) -> None:
    agent = KeepingZeroAgent(ZeroAgent(simulations=50, evaluator=Counting(calls=-1)))
    agent.stop = threading.Event()
    first = agent.select_move(state, Limits(), np.random.default_rng(1))
    state.play(first.move)
    again = agent.select_move(state, Limits(), np.random.default_rng(1))
    assert sum(again.visits.values()) > 50  # those that were kept, too


def test_evaluator_answers_until_it_is_told_not_to() -> None:
    network = Counting(calls=2)
    guarded = StoppableEvaluator(network, network.stop)
    planes = np.zeros((3, 1, 5, 5), np.float32)
    assert guarded.evaluate(planes).value.tolist() == [0.5] * 3
    guarded.evaluate(planes)
    with pytest.raises(Stopped):
        guarded.evaluate(planes)


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[GtpAgent]:
    agent = GtpAgent([sys.executable, "-I", str(FAKE), "hang", str(tmp_path / "log")])
    yield agent
    agent.close()


def test_engine_is_ended_and_can_be_asked_again(hanging: GtpAgent, state: GameState) -> None:
    assert isinstance(hanging, Stoppable)
    for _ in range(2):
        stop = hanging.stop = threading.Event()
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        began = time.monotonic()
        process = hanging.process
        with pytest.raises(Stopped):
            move_of(hanging, state)
        assert time.monotonic() - began < 5  # of the 60 that it might take
        assert process is None or not process.is_running
        assert hanging.process is None


def test_engine_that_was_asked_to_stop_before_is_not_asked(
    hanging: GtpAgent, state: GameState
) -> None:
    hanging.stop = threading.Event()
    hanging.stop.set()
    with pytest.raises(Stopped):
        move_of(hanging, state)
