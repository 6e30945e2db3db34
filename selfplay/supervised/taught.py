"""A network that is told moves but no features: the untold player's network, taught by experts.

It sees what the untold network sees (stones, rules, komi) and learns by the same learner; only the
games are other people's and the policy to learn is the move that they played. Beside the told
player (features, expert moves) and the untold one (neither) it tells apart what features and what
labels are worth.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from agents.files import write_atomically
from agents.net import NET_PRESETS, POSITIONS, PolicyValueNet
from go_engine.sgf import SgfGame
from selfplay.config import LearnConfig
from selfplay.learner import Learner
from selfplay.records import GameRecord, RecordError
from selfplay.replay import Replay
from selfplay.supervised.labelled import Progress

__all__ = ["ExpertReplay", "TeachConfig", "Teacher", "as_record"]

_FILE: Final = "teaching.safetensors"


@dataclass(frozen=True, slots=True)
class TeachConfig:
    """How the network is taught.

    Attributes:
        net: one of `agents.net.NET_PRESETS`.
        board_size: games of other sizes are left out.
        epochs: how often each position is learned from, on average.
        batch_size: positions in one step.
        learning_rate: of AdamW, falling to a twentieth along a half cosine.
        held_out: share of the games kept back for validation.
        seed: of the split, the first weights and the order.
    """

    net: str = "tiny"
    board_size: int = 9
    epochs: float = 4.0
    batch_size: int = 256
    learning_rate: float = 3e-3
    held_out: float = 0.1
    seed: int = 1

    def __post_init__(self) -> None:
        if self.net not in NET_PRESETS:
            raise ValueError(f"net must be {' or '.join(NET_PRESETS)}, not {self.net!r}")
        if not self.epochs > 0 or self.batch_size < 1 or not self.learning_rate > 0:
            raise ValueError("epochs, batch_size and learning_rate must be above 0")

    def learning(self) -> LearnConfig:
        """The untold learner's settings: experts' records say the move and who won, and neither
        the score nor whose each point is (they stop by agreement), so these weigh nothing."""
        return LearnConfig(
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            drop_from=0.0,
            average_decay=0.998,
            value_weight=0.5,
            score_weight=0.0,
            ownership_weight=0.0,
        )


def as_record(game: SgfGame, number: int) -> GameRecord | None:
    """An expert's game as the untold learner takes it; None if it does not say who won.

    Set-up stones become moves that nothing is learned from, one colour passing where the other has
    more: what a network sees of them is the same.
    """
    if game.winner is None:
        return None
    opening = _setup_moves(game)
    moves = [*opening, *game.moves]
    points = game.rules.num_points
    policies = np.zeros((len(moves), points + 1), np.float16)
    policies[np.arange(len(opening), len(moves)), list(game.moves)] = 1.0
    return GameRecord(
        game_id=number,
        board_size=game.rules.board_size,
        komi=game.rules.komi,
        opening_moves=len(opening),
        moves=np.array(moves, np.int16),
        policies=policies,
        values=np.zeros(len(moves), np.float32),
        black_score=game.winner,
        finished=True,
    )


def _setup_moves(game: SgfGame) -> list[int]:
    """Moves from the empty board to the start of a game, Black first, the right side to follow."""
    grid = game.stones.ravel()
    black, white = (np.flatnonzero(grid == color).tolist() for color in (1, -1))
    moves: list[int] = []
    while black or white or (len(moves) % 2 == 0) != (game.to_play == 1):
        waiting = black if len(moves) % 2 == 0 else white
        moves.append(waiting.pop() if waiting else game.rules.num_points)
    return moves


class ExpertReplay(Replay):
    """Games of experts, whose results stand in their records and not on their last boards: a
    record's `black_score` is 1, 0 or -1, for a win of Black's, a draw, or a loss."""

    def add(self, record: GameRecord) -> int:
        """See `Replay.add`; the score that counts is the record's."""
        head = self.added
        added = super().add(record)
        places = (head + np.arange(added)) % self._store.black_score.size
        self._store.black_score[places] = record.black_score + record.komi
        return added


class Teacher:
    """A teaching under way; stopped at any moment it goes on from the last save.

    Attributes:
        config: its settings.
        learner: the network and its optimizer.
        steps: in all.
    """

    def __init__(self, games: Sequence[SgfGame], config: TeachConfig) -> None:
        """
        Raises:
            ValueError: if no game fits the board size and says who won.
        """
        self.config = config
        fitting = (g for g in games if g.rules.board_size == config.board_size)
        records = [r for i, g in enumerate(fitting) if (r := as_record(g, i)) is not None]
        length = sum(len(record.moves) for record in records)
        self._replay = ExpertReplay(config.board_size, max(length, 4 * POSITIONS))
        self.games = self.positions = 0
        for record in records:
            # A game played under another ko rule, or with suicide, may be none under ours.
            with contextlib.suppress(RecordError):
                self._replay.add(record)
                self.games += 1
                self.positions += record.targets
        if not self.positions:
            raise ValueError(f"no game on {config.board_size}x{config.board_size} says who won")
        torch.manual_seed(config.seed)
        self.learner = Learner(PolicyValueNet(NET_PRESETS[config.net]), config.learning())
        self.steps = max(1, round(config.epochs * self.positions / config.batch_size))

    @property
    def is_done(self) -> bool:
        """Whether all steps have been taken."""
        return self.learner.steps >= self.steps

    def run(self, folder: Path, save_every: int = 250, progress: Progress | None = None) -> None:
        """Take the steps that are left, keeping the state in `folder` every so many.

        Ctrl-C comes through once the state is kept.

        Raises:
            OSError: if the folder cannot be written.
            ValueError: if nothing finite comes of it any more.
        """
        try:
            while not self.is_done:
                self._step()
                if self.learner.steps % save_every == 0:
                    self.save(folder)
                if progress:
                    progress("teaching", self.learner.steps, self.steps)
        finally:
            self.save(folder)

    def _step(self) -> None:
        done = self.learner.steps
        rng = np.random.default_rng([self.config.seed, done])
        batch = self._replay.sample(self.config.batch_size, len(self._replay), rng)
        if self.learner.step(batch, done / self.steps) is None:
            raise ValueError("the loss is no longer a finite number; lower learning_rate")

    # ------------------------------------------------------------ files

    def _key(self) -> str:
        return json.dumps({**asdict(self.config), "positions": self.positions})

    def save(self, folder: Path) -> None:
        """Keep network, average and optimizer, whole or not at all."""
        learner = self.learner
        tensors = {f"net.{name}": value for name, value in learner.net.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in learner.average.items()}
        for name, parameter in learner.net.named_parameters():
            moments = learner.optimizer.state.get(parameter, {})
            tensors |= {f"adam.{name}.{key}": value for key, value in moments.items()}
        copies = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
        facts = {"key": self._key(), "steps": str(learner.steps)}
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / _FILE, save_tensors(copies, facts))

    def load(self, folder: Path) -> bool:
        """Go on where a teaching with the same settings and games was saved; whether there is one.

        What is damaged, or belongs to other settings, counts as none.
        """
        try:
            data = (folder / _FILE).read_bytes()
            tensors = load_tensors(data)
            length = int.from_bytes(data[:8], "little")
            facts: dict[str, Any] = json.loads(data[8 : 8 + length])["__metadata__"]
            if facts["key"] != self._key():
                return False
            self._restore(tensors, int(facts["steps"]))
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError):
            return False
        return True

    @torch.no_grad()
    def _restore(self, tensors: dict[str, torch.Tensor], steps: int) -> None:
        learner = self.learner
        parts = {
            part: {n.removeprefix(f"{part}."): v for n, v in tensors.items() if n.startswith(part)}
            for part in ("net", "average", "adam")
        }
        learner.net.load_state_dict(parts["net"])
        learner.average = {name: parts["average"][name] for name in learner.average}
        for name, parameter in learner.net.named_parameters():
            kept = {key: parts["adam"][f"{name}.{key}"] for key in ("exp_avg", "exp_avg_sq")}
            # In the parameter's own memory layout: the fused optimizer goes by it.
            state = {key: torch.empty_like(parameter).copy_(kept[key]) for key in kept}
            state["step"] = parts["adam"][f"{name}.step"]
            learner.optimizer.state[parameter] = state
        learner.steps = learner.warm_steps = steps
