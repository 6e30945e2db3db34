"""The training loop: play, remember, learn, keep; over and over.

    take the games finished in the last `iteration_positions` moves of self-play
    -> give the players the newest network; they play the next moves meanwhile
    -> games into a shard on disk and into the replay
    -> learn until every position has been drawn `samples_per_position` times on average
    -> a line of metrics, now and then a checkpoint

A run lives in one folder:

    config.json                the settings it was started with
    metrics.jsonl              one line an iteration
    games/, heldout/           finished games (see `archive`)
    checkpoints/00000012/      network, optimizer, counters, running games (see `checkpoint`)
    nets/00000010.safetensors  the network now and then (fp16), for curves and opponents
    samples/00000010.sgf       the last game of the same iterations, where sgfmill is installed
    sessions.jsonl             one line each time somebody sets to work: code, packages, machine
    stop                       there while somebody wants the run to stop; it does and removes it
"""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from agents.files import FolderLock, write_atomically
from agents.net import PolicyValueNet, save_net
from selfplay.archive import Archive
from selfplay.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint
from selfplay.config import RunConfig
from selfplay.learner import Learner, Losses, learning_rate
from selfplay.metrics import Event, empty_board, summary_of_games
from selfplay.play import PlayStats
from selfplay.provenance import keep_sample, note_session
from selfplay.records import GameRecord
from selfplay.run import (
    STOP_FILE,
    RunError,
    check_device,
    make_folders,
    read_config,
    start_net,
    tidy,
)
from selfplay.settings import config_to_dict
from selfplay.study import NotFiniteError, Study
from selfplay.workers import Players, next_game_id

if TYPE_CHECKING:
    from selfplay.cluster import RayPlayers

__all__ = ["Trainer"]

CHECKPOINT_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.5

_HELD_OUT_BATCH: Final = 1024
_CHUNK: Final = 20  # steps between two looks at the stop file


class Trainer:
    """One run in one folder, fresh or gone on with.

    Args:
        run: the folder; made if needed.
        config: settings of a new run; None goes on with the run in the folder.
        on_event: called with every line of metrics (key `iteration`), with warnings (key
            `warning`), and while steps that are owed are taken before anybody plays (key
            `catching_up`, the share of them taken).
        address: of a Ray cluster whose machines play (see `selfplay.cluster`); empty for this one.

    Attributes:
        counters: of the whole run; `boards` holds those of each board size (key: the size):
            positions, targets (those learned from), games, steps.
        stopped: whether it was asked to stop before its end.

    Raises:
        RunError: if there is a run already (and `config` is given), or none to go on with.
        OSError: if the folder cannot be written.
    """

    def __init__(
        self,
        run: Path,
        config: RunConfig | None,
        on_event: Callable[[Event], None],
        address: str = "",
    ) -> None:
        self.run_folder = run
        self._address = address
        self._on_event = on_event
        if config is not None:
            if (run / "config.json").exists() or any((run / "checkpoints").glob("*")):
                raise RunError(
                    f"{run} holds a run already; go on with it (--resume) or name another"
                )
            check_device(config.device)
            make_folders(run)
        self.config = config or read_config(run)
        self._fresh = config is not None
        self.counters: dict[str, Any] = {
            "iteration": 0,
            "positions": 0,
            "games": 0,
            "evaluations": 0,
            "steps": 0,
            "newest_game": -1,
            "seconds": 0.0,
            "boards": {},
        }
        self.stopped = False
        self._gone_back_to = ""
        self._archive = Archive(run, self.config)
        self._study: Study

    @property
    def progress(self) -> float:
        """How much of the run is done, 0 to 1: of its positions or of its time."""
        done = self.counters["positions"] / self.config.total_positions
        if self.config.max_minutes > 0:
            done = max(done, self.counters["seconds"] / (60 * self.config.max_minutes))
        return min(1.0, float(done))

    def train(self) -> PolicyValueNet:
        """Run to the end, or until asked to stop (a file `stop` in the run's folder), and return
        the network for playing. May be interrupted or killed at any moment."""
        with FolderLock(self.run_folder):
            running = self._begin()
            if self.progress < 1.0:
                note_session(self.run_folder, self.counters["iteration"], self.config.device)
            self._catch_up(running)
            if self.progress < 1.0 and not self.stopped:
                first = next_game_id(self.counters["newest_game"], running)
                players = self._players(first, running)
                threads = (os.cpu_count() or 1) - players.local_cpus()
                torch.set_num_threads(max(1, threads))
                try:
                    self._iterate(players, running)
                finally:
                    players.close()
        return self._study.learner.playing_net()

    def _begin(self) -> list[GameRecord]:
        """Fresh network and counters, or those of the newest good checkpoint brought up to date;
        the games that were going on."""
        learner = Learner(start_net(self.config), self.config.learn, self.config.device)
        self._study = Study(self.config, self._archive, learner, self.counters)
        if self._fresh:
            settings = json.dumps(config_to_dict(self.config), indent=1)
            write_atomically(self.run_folder / "config.json", settings.encode())
            return []
        make_folders(self.run_folder)
        for warning in tidy(self.run_folder):
            self._on_event({"warning": warning})
        running = self._load()
        saved = self.counters["iteration"]
        found = self._archive.refill(saved)
        for warning in found.warnings:
            self._on_event({"warning": warning})
        self.counters["iteration"] = found.newest
        self._study.count(found.uncounted)
        self.counters["newest_game"] = max([self.counters["newest_game"], *found.game_ids])
        running = [r for r in running if r.game_id not in found.game_ids]
        if found.newest > saved:
            # Killed after these games were written down and before a checkpoint.
            self._save(running)
        return running

    def _catch_up(self, running: list[GameRecord]) -> None:
        """Take the steps that are owed before anybody plays: those of games that a kill left
        behind, or the many of a network that has taken a run over (see `grow`)."""
        saved, first = time.monotonic(), len(self._study.owed())
        while owed := self._study.owed():
            if self._is_asked_to_stop():
                self._stop(running)
                return
            losses = self._learn(owed[:_CHUNK])
            left = len(self._study.owed())
            if left == 0 or time.monotonic() - saved >= CHECKPOINT_SECONDS:
                self._save(running)
                saved = time.monotonic()
            event: Event = {"catching_up": round(1 - left / first, 4), "steps_left": left}
            if losses is not None:
                event["losses"] = dataclasses.asdict(losses)
            self._on_event(event)
        if first:
            self._keep_net()

    def _load(self) -> list[GameRecord]:
        """Take the newest good checkpoint's learner and counters; the games that were going on."""
        path, warnings = newest_checkpoint(self.run_folder / "checkpoints")
        for warning in warnings:
            self._on_event({"warning": warning})
        if path is None:
            return []
        self._study.learner, counters, running = load_checkpoint(path, self.config)
        self.counters |= counters
        return running

    def _players(self, first_game_id: int, running: list[GameRecord]) -> Players | RayPlayers:
        if not self._address:
            return Players(self.config, first_game_id, running)
        from selfplay.cluster import RayPlayers

        return RayPlayers(self.config, first_game_id, running, self._address)

    def _iterate(self, players: Players | RayPlayers, running: list[GameRecord]) -> None:
        saved = started = time.monotonic()
        self._set_players(players)
        if self.counters["iteration"] == 0:
            self._keep_net()
        while self.progress < 1.0:
            ready = False
            while not ready:
                if self._is_asked_to_stop():
                    self._stop(running)
                    return
                ready = players.ready(POLL_SECONDS)
            finished, running, stats = players.collect()
            for warning in players.take_warnings():
                self._on_event({"warning": warning})
            self._set_players(players)
            learning = time.monotonic()
            self._take(finished, stats)
            losses = self._learn(self._study.owed())
            now = time.monotonic()
            self.counters["seconds"] += now - started
            self._report(finished, stats, losses, now - started, now - learning)
            started = now
            if self._due(self.counters["iteration"]) or self.progress >= 1.0:
                self._keep_net()
                keep_sample(self.run_folder, self.counters["iteration"], finished)
            if now - saved >= CHECKPOINT_SECONDS or self.progress >= 1.0:
                self._save(running)
                saved = now

    def _set_players(self, players: Players | RayPlayers) -> None:
        """Give the players the newest network and the next moves to make."""
        net = self._study.learner.playing_net()
        players.set_net(net, self._study.bounds(net))
        players.begin(self.config.iteration_positions, self.counters["positions"])

    def _is_asked_to_stop(self) -> bool:
        return (self.run_folder / STOP_FILE).exists()

    def _stop(self, running: list[GameRecord]) -> None:
        self._save(running)
        (self.run_folder / STOP_FILE).unlink(missing_ok=True)
        self.stopped = True

    def _due(self, iteration: int) -> bool:
        every = self.config.evaluate_every
        return every > 0 and iteration % every == 0

    def _take(self, finished: list[GameRecord], stats: PlayStats) -> None:
        """Finished games into the archive, and into the counters."""
        counters = self.counters
        counters["iteration"] += 1
        self._archive.take(counters["iteration"], finished)
        self._study.count(finished)
        counters["evaluations"] += stats.evaluations
        self._archive.drop_old(counters["positions"] / counters["iteration"])

    def _learn(self, sizes: list[int]) -> Losses | None:
        """Take a step on each of these board sizes, one after the other, or as many as there is
        time for until the run is to stop; their mean losses."""
        try:
            return self._study.learn(sizes, self.progress, self._is_asked_to_stop)
        except NotFiniteError:
            self._go_back()
            return None
        finally:
            self.counters["steps"] = self._study.learner.steps

    def _go_back(self) -> None:
        """Return to the newest checkpoint's network after too many losses that were not finite.

        Raises:
            RunError: if there is none, or this one has led here before.
        """
        path, _ = newest_checkpoint(self.run_folder / "checkpoints")
        if path is None or path.name == self._gone_back_to:
            raise RunError(
                "the losses are not finite any more; resume from the last checkpoint with a "
                "lower learning rate"
            )
        self._study.learner, counters, _ = load_checkpoint(path, self.config)
        self._gone_back_to = path.name
        for size, board in self.counters["boards"].items():
            board["steps"] = counters["boards"].get(size, {"steps": 0})["steps"]
        self._on_event({"warning": f"losses that are not finite: went back to {path}"})

    def _report(
        self,
        finished: list[GameRecord],
        stats: PlayStats,
        losses: Losses | None,
        seconds: float,
        learn_seconds: float,
    ) -> None:
        """One line of metrics, to the file and to the listener."""
        config, learner = self.config, self._study.learner
        board = config.boards_at(self.counters["positions"])[0]
        size = board.game.board_size
        line: Event = {
            **copy.deepcopy(self.counters),
            "progress": round(self.progress, 5),
            "iteration_seconds": round(seconds, 3),
            "learn_seconds": round(learn_seconds, 3),
            "positions_per_s": round(stats.moves / seconds, 1),
            "evaluations_per_s": round(stats.evaluations / seconds, 1),
            "learning_rate": learning_rate(config.learn, learner.warm_steps, self.progress),
            "board_size": size,
            "simulations": board.search.num_simulations,
            "window": self._study.window(size),
            "skipped_steps": learner.skipped,
            "play": dataclasses.asdict(stats),
        }
        line |= summary_of_games([r for r in finished if r.board_size == size])
        if losses is not None:
            line["losses"] = dataclasses.asdict(losses)
        if self._due(self.counters["iteration"]) and len(held_out := self._archive.held_out(size)):
            rng = np.random.default_rng([config.seed, 4, self.counters["iteration"]])
            batch = held_out.sample(_HELD_OUT_BATCH, len(held_out), rng)
            line["held_out"] = dataclasses.asdict(learner.measure(batch))
        line |= empty_board(learner.playing_net(), board.game, config.device)
        with (self.run_folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._on_event(line)

    def _keep_net(self) -> None:
        path = self.run_folder / "nets" / f"{self.counters['iteration']:08d}.safetensors"
        net, size = self._study.learner.playing_net(), self.config.game.board_size
        bounds = self._study.bounds(net)
        save_net(net, path, half=True, bounds=bounds, board_size=size, **self.counters)

    def _save(self, running: list[GameRecord]) -> None:
        keep = self.config.keep_checkpoints
        save_checkpoint(
            self.run_folder / "checkpoints", self._study.learner, self.counters, running, keep
        )
