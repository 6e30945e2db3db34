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
from agents.net import (
    CALIBRATION_POSITIONS,
    Bounds,
    PolicyValueNet,
    activation_bounds,
    as_batch,
    save_net,
)
from selfplay.archive import Archive, is_held_out
from selfplay.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint
from selfplay.config import RunConfig
from selfplay.learner import Learner, Losses, learning_rate, mean_losses, window_size
from selfplay.metrics import Event, empty_board, summary_of_games
from selfplay.play import PlayStats
from selfplay.records import GameRecord
from selfplay.replay import Batch
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
from selfplay.workers import Players, next_game_id

if TYPE_CHECKING:
    from selfplay.cluster import RayPlayers

__all__ = ["Trainer"]

CHECKPOINT_SECONDS: Final = 20.0
MAX_SKIPPED: Final = 50
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
        self._learner: Learner

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
        return self._learner.playing_net()

    def _begin(self) -> list[GameRecord]:
        """Fresh network and counters, or those of the newest good checkpoint brought up to date;
        the games that were going on."""
        self._learner = Learner(start_net(self.config), self.config.learn, self.config.device)
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
        self._count(found.uncounted)
        self.counters["newest_game"] = max([self.counters["newest_game"], *found.game_ids])
        running = [r for r in running if r.game_id not in found.game_ids]
        if found.newest > saved:
            # Killed after these games were written down and before a checkpoint.
            self._save(running)
        return running

    def _catch_up(self, running: list[GameRecord]) -> None:
        """Take the steps that are owed before anybody plays: those of games that a kill left
        behind, or the many of a network that has taken a run over (see `grow`)."""
        saved, first = time.monotonic(), len(self._steps_owed())
        while owed := self._steps_owed():
            if (self.run_folder / STOP_FILE).exists():
                self._stop(running)
                return
            losses = self._learn(owed[:_CHUNK])
            left = len(self._steps_owed())
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
        self._learner, counters, running = load_checkpoint(path, self.config)
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
                if (self.run_folder / STOP_FILE).exists():
                    self._stop(running)
                    return
                ready = players.ready(POLL_SECONDS)
            finished, running, stats = players.collect()
            for warning in players.take_warnings():
                self._on_event({"warning": warning})
            self._set_players(players)
            learning = time.monotonic()
            self._take(finished, stats)
            losses = self._learn(self._steps_owed())
            now = time.monotonic()
            self.counters["seconds"] += now - started
            self._report(finished, stats, losses, now - started, now - learning)
            started = now
            if self._due(self.counters["iteration"]) or self.progress >= 1.0:
                self._keep_net()
            if now - saved >= CHECKPOINT_SECONDS or self.progress >= 1.0:
                self._save(running)
                saved = now

    def _set_players(self, players: Players | RayPlayers) -> None:
        """Give the players the newest network and the next moves to make."""
        net = self._learner.playing_net()
        players.set_net(net, self._bounds(net))
        players.begin(self.config.iteration_positions, self.counters["positions"])

    def _stop(self, running: list[GameRecord]) -> None:
        self._save(running)
        (self.run_folder / STOP_FILE).unlink(missing_ok=True)
        self.stopped = True

    def _bounds(self, net: PolicyValueNet) -> Bounds | None:
        """What eight-bit self-play needs to know, once there are positions to measure it on."""
        if not self.config.eight_bit:
            return None
        boards = self.config.boards_at(self.counters["positions"])
        known = [int(size) for size in self.counters["boards"] if self._can_learn(int(size))]
        # A board that has just begun borrows from those before it.
        sizes = [b.game.board_size for b in boards if b.game.board_size in known] or known
        found: list[Bounds] = []
        for size in sizes:
            rng = np.random.default_rng([self.config.seed, 2, self.counters["iteration"], size])
            planes = self._sample(CALIBRATION_POSITIONS, size, rng).planes
            found.append(activation_bounds(net, as_batch(planes)))
        return {name: max(bounds[name] for bounds in found) for name in found[0]} if found else None

    def _due(self, iteration: int) -> bool:
        every = self.config.evaluate_every
        return every > 0 and iteration % every == 0

    def _take(self, finished: list[GameRecord], stats: PlayStats) -> None:
        """Finished games into the archive, and into the counters."""
        counters = self.counters
        counters["iteration"] += 1
        self._archive.take(counters["iteration"], finished)
        self._count(finished)
        counters["evaluations"] += stats.evaluations
        self._archive.drop_old(counters["positions"] / counters["iteration"])

    def _count(self, finished: list[GameRecord]) -> None:
        for record in finished:
            board = self._board(record.board_size)
            for counts in (self.counters, board):
                counts["positions"] += len(record.moves)
                counts["games"] += 1
            if not is_held_out(self.config, record.game_id):
                board["targets"] += record.targets
            self.counters["newest_game"] = max(self.counters["newest_game"], record.game_id)

    def _board(self, size: int) -> dict[str, int]:
        """The counters of one board size."""
        nothing = {"positions": 0, "targets": 0, "games": 0, "steps": 0}
        board: dict[str, int] = self.counters["boards"].setdefault(str(size), nothing)
        return board

    def _can_learn(self, size: int) -> bool:
        return len(self._archive.replay(size)) >= self.config.learn.min_positions

    def _window(self, size: int) -> int:
        return window_size(self.config.learn, self._board(size)["positions"])

    def _sample(self, count: int, size: int, rng: np.random.Generator) -> Batch:
        shuffled = self.config.learn.shuffled_results
        return self._archive.replay(size).sample(count, self._window(size), rng, shuffled)

    def _learn(self, sizes: list[int]) -> Losses | None:
        """Take a step on each of these board sizes, one after the other; their mean losses."""
        skipped = self._learner.skipped
        taken: list[Losses] = []
        for size in sizes:
            learner = self._learner
            rng = np.random.default_rng([self.config.seed, 1, learner.steps + learner.skipped])
            batch = self._sample(self.config.learn.batch_size, size, rng)
            losses = learner.step(batch, self.progress)
            if losses is not None:
                taken.append(losses)
                self._board(size)["steps"] += 1
            elif learner.skipped - skipped > MAX_SKIPPED:
                self._go_back()
                break
        self.counters["steps"] = self._learner.steps
        return mean_losses(taken)

    def _steps_owed(self) -> list[int]:
        """The board sizes of the steps that the positions so far call for, well mixed."""
        config = self.config.learn
        sizes: list[int] = []
        for name, board in self.counters["boards"].items():
            if self._can_learn(int(name)):
                called_for = int(board["targets"] * config.samples_per_position / config.batch_size)
                sizes += [int(name)] * max(0, called_for - board["steps"])
        rng = np.random.default_rng([self.config.seed, 3, self.counters["iteration"]])
        return [int(size) for size in rng.permutation(sizes)]

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
        self._learner, counters, _ = load_checkpoint(path, self.config)
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
        config, learner = self.config, self._learner
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
            "window": self._window(size),
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
        net, size = self._learner.playing_net(), self.config.game.board_size
        save_net(net, path, half=True, board_size=size, **self.counters)

    def _save(self, running: list[GameRecord]) -> None:
        keep = self.config.keep_checkpoints
        save_checkpoint(
            self.run_folder / "checkpoints", self._learner, self.counters, running, keep
        )
