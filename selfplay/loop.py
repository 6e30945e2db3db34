"""The training loop: play, remember, learn, keep; over and over.

    take the games finished in the last `iteration_positions` moves of self-play
    -> give the players the newest network; they play the next moves meanwhile
    -> games into a shard on disk and into the replay
    -> learn until every position has been drawn `samples_per_position` times on average
    -> a line of metrics, now and then a checkpoint

A run lives in one folder:

    config.json                the settings it was started with
    metrics.jsonl              one line an iteration
    games/00000012.npz         games finished in iteration 12 (the replay window's worth is kept)
    checkpoints/00000012/      network, optimizer, counters, running games (see `checkpoint`)
    nets/00000010.safetensors  the network now and then (fp16), for curves and opponents
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from agents.files import FolderLock, write_atomically
from agents.net import (
    CALIBRATION_POSITIONS,
    Bounds,
    PolicyValueNet,
    TorchEvaluator,
    activation_bounds,
    as_batch,
    load_net,
    save_net,
)
from agents.search import average_evaluation, find_weights
from go_engine import GameState, Rules
from selfplay.checkpoint import load_checkpoint, newest_checkpoint, save_checkpoint
from selfplay.config import ConfigError, RunConfig, config_from_dict, config_to_dict
from selfplay.learner import Learner, Losses, learning_rate, mean_losses, window_size
from selfplay.play import PlayStats
from selfplay.records import GameRecord, RecordError, read_records, write_records
from selfplay.replay import Replay
from selfplay.workers import Players, next_game_id

__all__ = ["RunError", "Trainer", "empty_board", "newest_net", "read_config", "start_net"]

CHECKPOINT_SECONDS: Final = 20.0
MAX_SKIPPED: Final = 50

Event = dict[str, Any]


class RunError(ValueError):
    """A run cannot start or go on; the message is one line a person can act on."""


def read_config(run: Path) -> RunConfig:
    """The settings a run folder was started with.

    Raises:
        RunError: if the folder holds no run.
        ConfigError: if its settings are damaged.
    """
    try:
        return config_from_dict(json.loads((run / "config.json").read_text()))
    except FileNotFoundError:
        raise RunError(f"{run} holds no training run (no config.json)") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{run / 'config.json'} is not valid JSON: {error}") from None


def newest_net(run: Path) -> Path:
    """The last network that a run has kept in `nets/`.

    Raises:
        RunError: if there is none.
    """
    try:
        return max((run / "nets").glob("*.safetensors"))
    except ValueError:
        raise RunError(f"{run} has kept no network yet") from None


def start_net(config: RunConfig) -> PolicyValueNet:
    """The network a run begins with: fresh from the seed, or `initial_weights`.

    Raises:
        RunError: if those weights are for a network of other sizes.
        AgentError: if they cannot be read.
    """
    if config.initial_weights:
        net = load_net(find_weights(config.initial_weights, config.game.board_size))
        if net.config != config.net:
            raise RunError(f"initial_weights {config.initial_weights} is a net of other sizes")
        return net
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return PolicyValueNet(config.net).eval()


class Trainer:
    """One run in one folder, fresh or gone on with.

    Args:
        run: the folder; made if needed.
        config: settings of a new run; None goes on with the run in the folder.
        on_event: called with every line of metrics (key `iteration`) and with warnings (key
            `warning`).

    Raises:
        RunError: if there is a run already (and `config` is given), or none to go on with.
        OSError: if the folder cannot be written.
    """

    def __init__(
        self, run: Path, config: RunConfig | None, on_event: Callable[[Event], None]
    ) -> None:
        self.run_folder = run
        self._on_event = on_event
        if config is not None:
            if (run / "config.json").exists() or any((run / "checkpoints").glob("*")):
                raise RunError(
                    f"{run} holds a run already; go on with it (--resume) or name another"
                )
            _check_device(config.device)
            for part in ("games", "checkpoints", "nets"):
                (run / part).mkdir(parents=True, exist_ok=True)
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
        }
        self._replay = Replay(self.config.game.board_size, self.config.learn.window)

    @property
    def progress(self) -> float:
        """How much of the run is done, 0 to 1: of its positions or of its time."""
        done = self.counters["positions"] / self.config.total_positions
        if self.config.max_minutes > 0:
            done = max(done, self.counters["seconds"] / (60 * self.config.max_minutes))
        return min(1.0, float(done))

    def train(self) -> PolicyValueNet:
        """Run to the end and return the network. May be interrupted or killed at any moment."""
        torch.set_num_threads(max(1, (os.cpu_count() or 1) - self.config.workers))
        with FolderLock(self.run_folder):
            learner, running = self._begin()
            if self.progress < 1.0:
                first = next_game_id(self.counters["newest_game"], running)
                players = Players(self.config, first, running)
                try:
                    self._iterate(learner, players)
                finally:
                    players.close()
        return learner.net

    def _begin(self) -> tuple[Learner, list[GameRecord]]:
        """Fresh network and counters, or those of the newest good checkpoint brought up to date."""
        if self._fresh:
            learner = Learner(start_net(self.config), self.config.learn, self.config.device)
            settings = json.dumps(config_to_dict(self.config), indent=1)
            write_atomically(self.run_folder / "config.json", settings.encode())
            return learner, []
        self._tidy()
        path, warnings = newest_checkpoint(self.run_folder / "checkpoints")
        for warning in warnings:
            self._on_event({"warning": warning})
        running: list[GameRecord] = []
        if path is None:
            learner = Learner(start_net(self.config), self.config.learn, self.config.device)
        else:
            learner, self.counters, running = load_checkpoint(path, self.config)
        saved = self.counters["iteration"]
        known = self._refill(saved)
        running = [r for r in running if r.game_id not in known]
        if self.counters["iteration"] > saved:
            # Killed after these games were written down and before a checkpoint.
            self._learn(learner)
            self._keep_net(learner)
            self._save(learner, running)
        return learner, running

    def _tidy(self) -> None:
        """Remove what a kill may have left half written."""
        for part in self.run_folder.rglob("*.part"):
            part.unlink(missing_ok=True)
        metrics = self.run_folder / "metrics.jsonl"
        text = metrics.read_bytes() if metrics.exists() else b""
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            self._on_event({"warning": f"{metrics} ends within a line; that line is dropped"})
            os.truncate(metrics, whole)

    def _refill(self, iteration: int) -> set[int]:
        """Fill the replay from the shards on disk; ids of the games read.

        A shard newer than the checkpoint was written just before the run was killed: its games
        count as played.
        """
        known: set[int] = set()
        for path in sorted((self.run_folder / "games").glob("*.npz")):
            try:
                records = read_records(path)
                positions = sum(self._replay.add(record) for record in records)
            except RecordError as error:
                self._on_event({"warning": f"left out: {error}"})
                continue
            known |= {r.game_id for r in records}
            if int(path.stem) > iteration:
                self.counters["iteration"] = int(path.stem)
                self.counters["positions"] += positions
                self.counters["games"] += len(records)
        self.counters["newest_game"] = max([self.counters["newest_game"], *known])
        return known

    def _iterate(self, learner: Learner, players: Players) -> None:
        saved = started = time.monotonic()
        players.set_net(learner.net, self._bounds(learner.net))
        players.begin(self.config.iteration_positions)
        if self.counters["iteration"] == 0:
            self._keep_net(learner)
        while self.progress < 1.0:
            finished, running, stats = players.collect()
            players.set_net(learner.net, self._bounds(learner.net))
            players.begin(self.config.iteration_positions)
            learning = time.monotonic()
            self._take(finished, stats)
            losses = self._learn(learner)
            now = time.monotonic()
            self.counters["seconds"] += now - started
            self._report(learner, finished, stats, losses, now - started, now - learning)
            started = now
            if self._due(self.counters["iteration"]) or self.progress >= 1.0:
                self._keep_net(learner)
            if now - saved >= CHECKPOINT_SECONDS or self.progress >= 1.0:
                self._save(learner, running)
                saved = now

    def _bounds(self, net: PolicyValueNet) -> Bounds | None:
        """What eight-bit self-play needs to know, once there are positions to measure it on."""
        config, positions = self.config, self.counters["positions"]
        if not config.eight_bit or positions < config.learn.min_positions:
            return None
        rng = np.random.default_rng([config.seed, 2, self.counters["iteration"]])
        window = window_size(config.learn, positions)
        planes = self._replay.sample(CALIBRATION_POSITIONS, window, rng).planes
        return activation_bounds(net, as_batch(planes))

    def _due(self, iteration: int) -> bool:
        every = self.config.evaluate_every
        return every > 0 and iteration % every == 0

    def _take(self, finished: list[GameRecord], stats: PlayStats) -> None:
        """Finished games into a shard and the replay."""
        counters = self.counters
        counters["iteration"] += 1
        path = self.run_folder / "games" / f"{counters['iteration']:08d}.npz"
        write_records(path, finished)
        counters["positions"] += sum(self._replay.add(record) for record in finished)
        counters["games"] += len(finished)
        counters["evaluations"] += stats.evaluations
        counters["newest_game"] = max([counters["newest_game"], *(r.game_id for r in finished)])
        self._drop_old_shards()

    def _drop_old_shards(self) -> None:
        """Delete shards that the replay window has left behind."""
        average = self.counters["positions"] / max(1, self.counters["iteration"])
        kept = 2 + math.ceil(self.config.learn.window / max(1.0, average))
        for path in sorted((self.run_folder / "games").glob("*.npz"))[:-kept]:
            path.unlink(missing_ok=True)

    def _learn(self, learner: Learner) -> Losses | None:
        """Take the steps that the positions so far call for."""
        config, positions = self.config.learn, self.counters["positions"]
        if positions < config.min_positions:
            return None
        window = window_size(config, positions)
        owed = int(positions * config.samples_per_position / config.batch_size) - learner.steps
        skipped = learner.skipped
        taken: list[Losses] = []
        for _ in range(owed):
            rng = np.random.default_rng([self.config.seed, 1, learner.steps + learner.skipped])
            batch = self._replay.sample(config.batch_size, window, rng, config.shuffled_results)
            losses = learner.step(batch, self.progress)
            if losses is not None:
                taken.append(losses)
            elif learner.skipped - skipped > MAX_SKIPPED:
                raise RunError(
                    "the losses are not finite any more; resume from the last checkpoint with a "
                    "lower learning rate"
                )
        self.counters["steps"] = learner.steps
        return mean_losses(taken)

    def _report(
        self,
        learner: Learner,
        finished: list[GameRecord],
        stats: PlayStats,
        losses: Losses | None,
        seconds: float,
        learn_seconds: float,
    ) -> None:
        """One line of metrics, to the file and to the listener."""
        config = self.config
        line: Event = {
            **self.counters,
            "progress": round(self.progress, 5),
            "iteration_seconds": round(seconds, 3),
            "learn_seconds": round(learn_seconds, 3),
            "positions_per_s": round(stats.moves / seconds, 1),
            "evaluations_per_s": round(stats.evaluations / seconds, 1),
            "learning_rate": learning_rate(config.learn, learner.warm_steps, self.progress),
            "window": window_size(config.learn, self.counters["positions"]),
            "skipped_steps": learner.skipped,
        }
        if finished:
            margins = [r.black_score - r.komi for r in finished]
            line["game_length"] = float(np.mean([len(r.moves) for r in finished]))
            line["black_wins"] = float(np.mean([(m > 0) + 0.5 * (m == 0) for m in margins]))
            line["black_score"] = float(np.mean([r.black_score for r in finished]))
        if losses is not None:
            line["losses"] = dataclasses.asdict(losses)
        line |= empty_board(learner.net, config)
        with (self.run_folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._on_event(line)

    def _keep_net(self, learner: Learner) -> None:
        path = self.run_folder / "nets" / f"{self.counters['iteration']:08d}.safetensors"
        save_net(
            learner.net, path, half=True, board_size=self.config.game.board_size, **self.counters
        )

    def _save(self, learner: Learner, running: list[GameRecord]) -> None:
        save_checkpoint(
            self.run_folder / "checkpoints",
            learner,
            self.counters,
            running,
            self.config.keep_checkpoints,
        )


def _check_device(name: str) -> None:
    """Raise RunError unless torch can compute there."""
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"device {name!r} cannot be used: {reason}") from None


def empty_board(net: PolicyValueNet, config: RunConfig) -> Event:
    """What the raw network thinks of the empty board, at the run's middle komi.

    Keys: `centre_prior`, `top_move`, `top_prior`, `empty_value` (Black's, 0 to 1), `empty_score`
    (Black's margin before komi).
    """
    size = config.game.board_size
    evaluator = TorchEvaluator(net, config.device, torch.float32)
    state = GameState(Rules(size, komi=config.game.komi))
    policy, value, score, _ = average_evaluation(evaluator, state)
    centre = (size // 2) * size + size // 2
    return {
        "centre_prior": float(policy[centre]),
        "top_move": int(policy.argmax()),
        "top_prior": float(policy.max()),
        "empty_value": value,
        "empty_score": score,
    }
