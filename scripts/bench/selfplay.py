"""The measurement of `scripts/bench_selfplay.py`: what is tried, in which turns, and what comes out
of it."""

from __future__ import annotations

import contextlib
import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch

from agents.base import AgentError
from agents.net import NET_PRESETS, NetConfig, has_openvino, read_weights
from scripts.bench.crew import BenchError, Crew, cores
from scripts.bench.players import BACKENDS, Job, Played, Rate
from scripts.bench.rivals import RIVALS, Rival
from selfplay.config import LearnConfig

__all__ = ["Report", "Settings", "measure"]

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
        self._check_device()
        net_config(self.net)
        if self.peers and self.size != 9:
            raise ValueError("--peers play on 9x9; leave --size out")

    def _check_device(self) -> None:
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"--device must be cpu, cuda or cuda:N, not {self.device!r}")
        if self.device != "cpu":
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
        return Job(config, self.weights, self.device, self.backend, self.size, self.simulations)


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


class Round(NamedTuple):
    """One turn of everything, per second. `leaves` may repeat; `share` of the time is the net's."""

    raw: float
    bare: float
    leaves: float
    positions: float
    share: float
    peers: dict[str, float]


@dataclass
class Report:
    """What was found.

    Attributes:
        backend: what computed, and in which arithmetic; net, size, simulations: of what.
        raw_layout, batch: the raw evaluator's best; play_layout, games: self-play's, games in each
            process.
        unique: share of different ones among all planes that the evaluator was asked about in all
            rounds, by whichever process.
        games_per_s: finished games, over all rounds.
        samples_per_s: the learner's on all cores; None unless measured.
        peers: why one was not measured, if so.
    """

    backend: str
    net: str
    size: int
    simulations: int
    raw_layout: str
    batch: int
    play_layout: str
    games: int
    rounds: list[Round] = field(default_factory=list)
    unique: float = 1.0
    games_per_s: float = 0.0
    samples_per_s: float | None = None
    peers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return (
            f"{self.backend}, net {self.net}, {self.size}x{self.size}, {self.simulations} "
            f"simulations a move; medians of {len(self.rounds)} rounds in turns"
        )

    def _median(self, of: Callable[[Round], float]) -> float:
        return statistics.median(map(of, self.rounds))

    def shares(self) -> dict[str, float | None]:
        """Where the time goes; learning and playing take turns on the same cores."""
        net, learning = self._median(lambda r: r.share), 0.0
        if self.samples_per_s is not None:
            learn_s = LearnConfig().samples_per_position / self.samples_per_s
            learning = learn_s / (learn_s + 1 / self._median(lambda r: r.positions))
        playing = 1 - learning
        return {
            "share_net": round(net * playing, 4),
            "share_tree": round((1 - net) * playing, 4),
            "share_learning": None if self.samples_per_s is None else round(learning, 4),
        }

    def _rival_times(self, name: str) -> float:
        return self._median(lambda r: r.positions / r.peers[name])

    def figures(self) -> dict[str, Any]:
        """For the line of JSON."""
        found: dict[str, Any] = {
            "backend": self.backend,
            "net": self.net,
            "num_simulations": self.simulations,
            "raw_evals_per_s": round(self._median(lambda r: r.raw), 1),
            "selfplay_evals_per_s": round(self._median(lambda r: r.leaves) * self.unique, 1),
            "ratio": round(self._median(lambda r: r.leaves / r.raw) * self.unique, 4),
            "positions_per_s": round(self._median(lambda r: r.positions), 2),
            "games_per_s": round(self.games_per_s, 4),
            "bare_evals_per_s": round(self._median(lambda r: r.bare), 1),
            "raw_to_bare": round(self._median(lambda r: r.raw / r.bare), 4),
            "unique_share": round(self.unique, 4),
            **self.shares(),
            "samples_per_s": self.samples_per_s and round(self.samples_per_s, 1),
            "board_size": self.size,
            "raw_layout": self.raw_layout,
            "raw_batch": self.batch,
            "selfplay_layout": self.play_layout,
            "games_per_process": self.games,
        }
        if self.peers or self.rounds[0].peers:
            found["peers"] = {
                name: {
                    "positions_per_s": round(self._median(lambda r, n=name: r.peers[n]), 3),  # type: ignore[misc]
                    "ours_times": round(self._rival_times(name), 2),
                }
                for name in self.rounds[0].peers
            } | self.peers
        return found

    def rows(self) -> list[tuple[str, str, str]]:
        """For the table: what, how much, remark."""
        f = self.figures()
        rows = [
            ("bare backend", f"{f['bare_evals_per_s']:,.0f}", "evaluations/s, one fixed batch"),
            (
                "raw evaluator",
                f"{f['raw_evals_per_s']:,.0f}",
                f"evaluations/s, {self.raw_layout}, batch {self.batch}; "
                f"{f['raw_to_bare']:.1%} of bare",
            ),
            (
                "self-play",
                f"{f['selfplay_evals_per_s']:,.0f}",
                f"evaluations/s, {self.play_layout}, {self.games} games each; "
                f"{f['unique_share']:.1%} of the leaves differ and count",
            ),
            ("self-play / raw", f"{f['ratio']:.1%}", ""),
            ("positions", f"{f['positions_per_s']:,.1f}", "moves searched a second"),
            ("games", f"{f['games_per_s']:,.3f}", "finished a second"),
            ("time in the net", f"{f['share_net']:.1%}", ""),
            ("time in the tree", f"{f['share_tree']:.1%}", "and everything else"),
        ]
        if self.samples_per_s is not None:
            remark = f"if it takes turns with playing; {self.samples_per_s:,.0f} samples/s"
            rows.append(("time in learning", f"{f['share_learning']:.1%}", remark))
        for name, figure in f.get("peers", {}).items():
            if isinstance(figure, str):
                rows.append((name, "-", figure))
            else:
                remark = f"positions/s; ours {figure['ours_times']:.1f} times"
                rows.append((name, f"{figure['positions_per_s']:,.2f}", remark))
        return rows


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
        )
        rivals = _start_rivals(settings, job, report, stack, say)
        _take_turns(settings, raw_crew, play_crew, rivals, report, say)
        if settings.learn:
            _learn(settings, play_crew, report, say)
        return report


def layouts(settings: Settings) -> list[tuple[int, int]]:
    """(processes, threads of each) that are tried."""
    count = len(cores())
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
        rival = Rival(name, settings.peers_python, job.config, settings.simulations)
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
