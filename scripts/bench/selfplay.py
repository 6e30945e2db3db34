"""The measurement of `scripts/bench_selfplay.py`: what is tried, in which turns, and what comes out
of it."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from agents.base import AgentError
from agents.net import NET_PRESETS, NetConfig, has_openvino, read_weights
from scripts.bench.crew import BenchError, Crew, cores
from scripts.bench.players import BACKENDS, Job, Played, Rate
from scripts.bench.report import Report, Round
from scripts.bench.rivals import RIVALS, Rival

__all__ = ["ROUNDS", "Settings", "layouts", "measure", "net_config"]

ROUNDS: Final = 5
_CPU_BATCHES: Final = (8, 16, 32, 64, 128)
_GPU_BATCHES: Final = (64, 256, 1024, 4096)
_GPU_PROCESSES: Final = 8
# Shares of the measuring time.
_CALIBRATION, _TRIAL, _RAW, _BARE, _PLAY, _LEARN = 0.2, 0.1, 0.15, 0.05, 0.4, 0.1

Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """What to measure; the fields are the command's options.

    Raises:
        ValueError: in one line, for what cannot be or is not there.
    """

    device: str
    backend: str
    net: str
    weights: Path | None
    size: int
    simulations: int
    games: int | None
    processes: int | None
    seconds: float
    learn: bool
    peers: bool
    peers_python: Path
    clock: str = "wall"

    def __post_init__(self) -> None:
        for name, low, high in (
            ("size", 2, 19),
            ("simulations", 1, 10_000),
            ("games", 1, 65_536),
            ("processes", 1, 256),
            ("seconds", 0.1, 3600),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"--{name} must be from {low:g} to {high:g}, not {value:g}")
        if self.backend not in BACKENDS:
            raise ValueError(f"--backend must be one of {', '.join(BACKENDS)}, not {self.backend}")
        if self.clock not in ("wall", "cpu"):
            raise ValueError(f"--clock must be wall or cpu, not {self.clock!r}")
        self._check_device()
        net_config(self.net)
        if self.peers and self.size != 9:
            raise ValueError("--peers play on 9x9; leave --size out")

    def _check_device(self) -> None:
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"--device must be cpu, cuda or cuda:N, not {self.device!r}")
        if self.device != "cpu":
            if self.clock == "cpu":
                raise ValueError("--clock cpu does not see what a GPU does; leave it out")
            if int(self.device.partition(":")[2] or 0) >= torch.cuda.device_count():
                raise ValueError(f"no device {self.device} here (torch sees no such GPU)")
            if self.backend in ("openvino", "int8"):
                raise ValueError(f"{self.backend} runs on the CPU alone; choose torch or auto")
        elif self.backend in ("openvino", "int8") and not has_openvino():
            raise ValueError("OpenVINO is not installed: pip install openvino, or choose torch")

    def job(self) -> Job:
        """Raises ValueError for a weights file that is none."""
        config = net_config(self.net)
        if self.weights is not None:
            try:
                config = read_weights(self.weights)[0]
            except AgentError as error:
                raise ValueError(str(error)) from None
        return Job(
            config,
            self.weights,
            self.device,
            self.backend,
            self.size,
            self.simulations,
            clock=self.clock,
        )


def net_config(name: str) -> NetConfig:
    """A preset, or `BLOCKSxCHANNELS`.

    Raises:
        ValueError: in one line.
    """
    if name in NET_PRESETS:
        return NET_PRESETS[name]
    if sizes := re.fullmatch(r"(\d{1,3})x(\d{1,4})", name):
        return NetConfig(blocks=int(sizes[1]), channels=int(sizes[2]))
    raise ValueError(f"--net must be {', '.join(NET_PRESETS)} or e.g. 5x64, not {name!r}")


def measure(settings: Settings, say: Say) -> Report:
    """Run the whole measurement; `say` is told what is going on.

    Raises:
        ValueError: in one line, if it cannot be done.
    """
    with contextlib.ExitStack() as stack:
        job = settings.job()
        crews = []
        for processes, threads in layouts(settings):
            crews.append(Crew(job, processes, threads))
            stack.callback(crews[-1].close)
        say("starting (the first time on a machine kernels are compiled: a minute or two)")
        names = [name for crew in crews for name in crew.ask("name")]
        tried = _calibrate(settings, crews, say)
        raw_crew, batch = max(tried, key=lambda key: tried[key])
        games = {crew: _games(settings, crew, tried) for crew in crews}
        play_crew = _best_player(settings, crews, games, say)
        report = Report(
            backend=names[0],
            net=settings.weights.stem if settings.weights else settings.net,
            size=settings.size,
            simulations=settings.simulations,
            raw_layout=str(raw_crew),
            batch=batch,
            play_layout=str(play_crew),
            games=games[play_crew],
            clock=settings.clock,
        )
        rivals = _start_rivals(settings, job, report, stack, say)
        _take_turns(settings, raw_crew, play_crew, rivals, report, say)
        if settings.learn:
            _learn(settings, play_crew, report, say)
        return report


def layouts(settings: Settings) -> list[tuple[int, int]]:
    """(processes, threads of each) that are tried."""
    count = len(cores())
    if settings.clock == "cpu":
        return [(min(settings.processes or count, count), 1)]
    if settings.processes is not None:
        return [(settings.processes, max(1, count // settings.processes))]
    if settings.device != "cpu":
        return sorted({(1, 1), (min(_GPU_PROCESSES, count), 1)})
    return sorted({(count, 1), (1, count)})


def _calibrate(settings: Settings, crews: list[Crew], say: Say) -> dict[tuple[Crew, int], float]:
    """Evaluations a second of each layout at each batch size; everything once, in turn."""
    batches = _CPU_BATCHES if settings.device == "cpu" else _GPU_BATCHES
    slot = _CALIBRATION * settings.seconds / (len(crews) * len(batches))
    tried = {}
    for batch in batches:
        for crew in crews:
            say(f"the raw evaluator, {crew}, batch {batch}")
            tried[crew, batch] = _per_second(crew.ask("raw", batch, slot))
    return tried


def _per_second(rates: Sequence[Rate]) -> float:
    return sum(rate.done / rate.seconds for rate in rates)


def _games(settings: Settings, crew: Crew, tried: dict[tuple[Crew, int], float]) -> int:
    """Games in each process: the layout's best batch, but so few that a turn of self-play holds a
    move of every game (games that began together move together)."""
    if settings.games is not None:
        return settings.games
    mine = {batch: rate for (other, batch), rate in tried.items() if other is crew}
    best = max(mine, key=lambda batch: mine[batch])
    turn = _PLAY * settings.seconds / ROUNDS
    fitting = turn * mine[best] / crew.processes / (settings.simulations + 1)
    return max(min(mine), min(best, 16 * math.floor(fitting / 16)))


def _best_player(settings: Settings, crews: list[Crew], games: dict[Crew, int], say: Say) -> Crew:
    """The layout in which self-play is fastest; the games are set up in all."""
    rates = {}
    for crew in crews:
        say(f"self-play, {crew}")
        crew.ask("start_games", games[crew])
        crew.ask("play", 0.0)  # the first call of every kernel takes time
        rates[crew] = _leaves_per_second(crew.ask("play", _TRIAL * settings.seconds / len(crews)))
    return max(rates, key=lambda crew: rates[crew])


def _leaves_per_second(played: Sequence[Played]) -> float:
    return sum(p.leaves / p.seconds for p in played)


def _start_rivals(
    settings: Settings, job: Job, report: Report, stack: contextlib.ExitStack, say: Say
) -> list[Rival]:
    """Those that are there; for the others the report gets the reason."""
    rivals = []
    for name in RIVALS if settings.peers else ():
        say(f"starting {name}, which compiles for a while")
        rival = Rival(name, settings.peers_python, job.config, settings.simulations, settings.clock)
        stack.callback(rival.close)
        reason = rival.wait_until_ready()
        if reason:
            report.peers[name] = reason
        else:
            rivals.append(rival)
    return rivals


def _take_turns(
    settings: Settings,
    raw_crew: Crew,
    play_crew: Crew,
    rivals: list[Rival],
    report: Report,
    say: Say,
) -> None:
    """All rounds, for the report."""
    turn = settings.seconds / ROUNDS
    finished, marks = 0.0, [np.empty(0, np.uint64)]
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        raw = _per_second(raw_crew.ask("raw", report.batch, _RAW * turn))
        bare = _per_second(raw_crew.ask("bare", report.batch, _BARE * turn))
        played: list[Played] = play_crew.ask("play", _PLAY * turn)
        finished += sum(p.games / p.seconds for p in played)
        marks += [p.marks for p in played]
        report.rounds.append(
            Round(
                raw=raw,
                bare=bare,
                leaves=_leaves_per_second(played),
                positions=sum(p.moves / p.seconds for p in played),
                share=sum(p.net_seconds for p in played) / sum(p.seconds for p in played),
                peers={rival.name: rival.positions_per_s(_PLAY * turn) for rival in rivals},
            )
        )
    report.games_per_s = finished / ROUNDS
    together = np.concatenate(marks)
    report.unique = len(np.unique(together)) / len(together)


def _learn(settings: Settings, crew: Crew, report: Report, say: Say) -> None:
    """The learner alone on all cores."""
    say("the learner")
    records = [record for part in crew.ask("finished_games") for record in part]
    if not records:
        raise BenchError("no game ended, so there is nothing to learn from; raise --seconds")
    seconds = _LEARN * settings.seconds
    (rate,) = crew.ask("learn", records, cores(), seconds, first_only=True)
    report.samples_per_s = rate.done / rate.seconds
