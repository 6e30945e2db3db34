"""`untold train`: a network teaches itself Go by playing against itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

    from selfplay import RunConfig

__all__ = ["HELP", "Config", "run"]

HELP = """\
A network that was told nothing but the rules plays against itself and learns from the results.
Everything is kept in one folder. Stop it at any moment (Ctrl-C, a kill, a power cut): --resume goes
on, at most a minute is lost.

Presets: smoke (seconds, to see that all is well), 5x5 (minutes), 9x9 (hours).

Examples:
  untold train --preset 5x5
  untold train --preset 9x9 --out runs/mine
  untold train --resume --out runs/mine
  untold train --preset 5x5 --set search.num_simulations=32 learn.learning_rate=0.001
  untold play --agent zero:weights=runs/mine/nets/00000100.safetensors
"""

_INTERRUPTED = 130


@dataclass(frozen=True)
class Config:
    """Options of `untold train`."""

    preset: str = "5x5"
    """Settings of a new run: smoke, 5x5, 9x9, or a JSON file with the same fields."""

    out: Path | None = None
    """The run's folder; runs/PRESET if not given."""

    resume: bool = False
    """Go on with the run in the folder, with the settings it was started with."""

    seed: int | None = None
    """Every random choice follows from it; the preset's if not given."""

    minutes: float | None = None
    """Stop after so many minutes; the learning rate falls in time for it."""

    workers: int | None = None
    """Self-play processes, one thread each; 0 plays in the main process."""

    set: tuple[str, ...] = ()
    """Other settings, as NAME=VALUE (learn.batch_size=128); config.json in a run names them all."""


def run(config: Config) -> int:
    """Train to the end; 130 if interrupted."""
    from selfplay import Trainer, newest_net

    out = config.out or Path("runs") / Path(config.preset).stem
    changed = config.set or (config.seed, config.minutes, config.workers) != (None, None, None)
    if config.resume and changed:
        raise ValueError(
            "--resume goes on with the settings the run was started with; "
            "leave --seed, --minutes, --workers and --set out"
        )
    settings = None if config.resume else _settings(config)
    trainer = Trainer(out, settings, lambda event: _show(event, bar))
    print(f"run {out}: {_summary(trainer.config)}", flush=True)
    with _bar() as bar:
        try:
            trainer.train()
        except KeyboardInterrupt:
            bar.close()
            print(f"stopped; go on with: untold train --resume --out {out}", file=sys.stderr)
            return _INTERRUPTED
    print(
        f"done. Play it:    untold play --size {trainer.config.game.board_size} "
        f"--agent zero:weights={newest_net(out)}"
    )
    print(f"      Look into it: untold report {out}")
    return 0


def _settings(config: Config) -> RunConfig:
    from selfplay import load_preset, with_overrides

    changes = [*config.set]
    for name, value in (
        ("seed", config.seed),
        ("max_minutes", config.minutes),
        ("workers", config.workers),
    ):
        if value is not None:
            changes.append(f"{name}={value}")
    return with_overrides(load_preset(config.preset), changes)


def _summary(config: RunConfig) -> str:
    size, net = config.game.board_size, config.net
    limit = f"{config.total_positions:,} positions"
    if config.max_minutes:
        limit += f" or {config.max_minutes:g} minutes"
    return (
        f"{size}x{size}, net of {net.blocks} blocks x {net.channels} channels, "
        f"{config.search.num_simulations} simulations a move, {limit}; "
        "the first numbers come when the first games are over"
    )


def _bar() -> tqdm[Any]:
    from tqdm import tqdm

    return tqdm(
        total=100.0,
        bar_format="{l_bar}{bar}| {elapsed}{postfix}",
        disable=not sys.stderr.isatty(),
        dynamic_ncols=True,
    )


def _show(event: dict[str, Any], bar: tqdm[Any]) -> None:
    """A line for each turn of the loop, above the bar where there is one."""
    if "warning" in event:
        bar.write(f"warning: {event['warning']}", file=sys.stderr)
        return
    losses = event.get("losses")
    learned = (
        f"policy loss {losses['policy']:.3f}, result loss {losses['result']:.3f}"
        if losses
        else "collecting the first games"
    )
    bar.write(
        f"{event['positions']:>9,} positions, {event['games']:>6,} games, "
        f"{event['positions_per_s']:5.0f} positions/s; {learned}",
        file=sys.stdout,
    )
    sys.stdout.flush()
    bar.n = round(100 * event["progress"], 1)
    bar.refresh()
