"""Rates: how much work is done in a second, as the median of several runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

__all__ = ["RUNS", "Work", "median_rate", "thread_gain"]

RUNS: Final = 5

Work = Callable[[], int]
"""Does some work, the same kind at every call, and says how much it was."""


def median_rate(work: Work, seconds: float) -> float:
    """Work per second of processor time: the median of RUNS runs of `seconds / RUNS` each.

    Processor time is what one core gives this process, so other programs matter less than they
    would by the clock on the wall. `work` is called once before, so that compiling and filling
    caches do not count. A run ends with the call that exceeds its time.
    """
    work()
    return statistics.median(_rate(work, seconds / RUNS, time.process_time) for _ in range(RUNS))


def _rate(work: Work, seconds: float, clock: Callable[[], float]) -> float:
    done, begin = 0, clock()
    passed = 0.0
    while passed < seconds or not done:
        done += work()
        passed = clock() - begin
    return done / passed


def thread_gain(works: Sequence[Work], seconds: float) -> float:
    """How many times the rate of `works[0]` all together reach, each in a thread of its own, by the
    clock on the wall.

    Runs of one and of all take turns, so that whatever else slows the machine slows both; the
    median of RUNS ratios.
    """
    run_seconds = seconds / (2 * RUNS)

    def rate(work: Work) -> float:
        return _rate(work, run_seconds, time.perf_counter)

    for work in works:
        work()
    with ThreadPoolExecutor(len(works)) as pool:
        gains = []
        for _ in range(RUNS):
            alone = rate(works[0])
            gains.append(sum(pool.map(rate, works)) / alone)
    return statistics.median(gains)
