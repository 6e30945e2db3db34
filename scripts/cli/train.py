"""`untold train`: a network teaches itself Go by playing against itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

if TYPE_CHECKING:
    from tqdm import tqdm

    from selfplay import RunConfig

__all__ = ["HELP", "Config", "run"]

HELP = """\
A network that was told nothing but the rules plays against itself and learns from the results.
Everything is kept in one folder. Stop it at any moment (Ctrl-C, a kill, a power cut): --resume goes
on, at most a minute is lost.

Presets: smoke (seconds, to see that all is well), 3x3, 4x4, 5x5 (minutes), 9x9 (hours).

Examples:
  untold train --preset 5x5
  untold train --preset 9x9 --out runs/mine
  untold train --resume --out runs/mine
  untold train --preset 5x5 --set search.num_simulations=32 learn.learning_rate=0.001
  untold status runs/mine
  untold train --stop runs/mine
  untold play --agent zero:weights=runs/mine/nets/00000100.safetensors

Another machine: --export FILE there, --import FILE here, then --resume.
A larger network: --grow RUN --out NEW --set net.channels=96, then --resume.
"""

_INTERRUPTED = 130


@dataclass(frozen=True)
class Config:
    """Options of `untold train`."""

    preset: str = "5x5"
    """Settings of a new run: smoke, 3x3, 4x4, 5x5, 9x9, or a JSON file with the same fields."""

    out: Path | None = None
    """The run's folder; runs/PRESET if not given."""

    resume: bool = False
    """Go on with the run in the folder, with the settings it was started with."""

    seed: int | None = None
    """Every random choice follows from it; the preset's if not given."""

    minutes: float | None = None
    """Stop after so many minutes; the learning rate falls in time for it."""

    workers: int | Literal["ray"] | None = None
    """Self-play processes, one thread each; 0 plays in the main process; ray: the nodes of a Ray
    cluster play (see docs/cluster.md)."""

    address: str = "auto"
    """Of the Ray cluster: HOST:PORT of its head, auto: one running here, local: one of our own."""

    set: tuple[str, ...] = ()
    """Other settings, as NAME=VALUE (learn.batch_size=128); config.json in a run names them all."""

    stop: Path | None = None
    """Ask the training that goes on in this folder to stop, and wait until it has."""

    export: Path | None = None
    """Write the run in --out to this file: everything but the games, and the freshest of these."""

    megabytes: float = 48.0
    """Size of the exported file, at most, in MB."""

    import_: Annotated[Path | None, tyro.conf.arg(name="import")] = None
    """Unpack an exported run into --out, which must not exist yet."""

    save_milestone: Path | None = None
    """Keep the newest network of --out, its settings and metrics, in this folder (a few MB)."""

    milestone: Path | None = None
    """Go on, in the new folder --out, where the milestone in this folder was kept."""

    grow: Path | None = None
    """Have a new network (--set net.blocks=6 net.channels=96) take over the run in this folder, in
    the new folder --out: it learns from the run's games first and then goes on playing."""

    passes: float = 2.0
    """With --grow: how often the new network learns from the positions that are there."""


def run(config: Config) -> int:
    """Train to the end; 130 if interrupted."""
    from selfplay import Trainer, newest_net

    out = config.out or Path("runs") / Path(config.preset).stem
    if (done := _manage(config, out)) is not None:
        return done
    on_ray = config.workers == "ray"
    workers = None if on_ray else config.workers
    changed = config.set or (config.seed, config.minutes, workers) != (None, None, None)
    if config.resume and changed:
        raise ValueError(
            "--resume goes on with the settings the run was started with; "
            "leave --seed, --minutes, --workers and --set out"
        )
    settings = None if config.resume else _settings(config)
    address = config.address if on_ray else ""
    trainer = Trainer(out, settings, lambda event: _show(event, bar), address)
    print(f"run {out}: {_summary(trainer.config)}", flush=True)
    with _bar() as bar:
        try:
            trainer.train()
            stopped = trainer.stopped
        except KeyboardInterrupt:
            stopped = True
        if stopped:
            bar.close()
            print(f"stopped; go on with: untold train --resume --out {out}", file=sys.stderr)
            return _INTERRUPTED
    print(
        f"done. Play it:    untold play --size {trainer.config.game.board_size} "
        f"--agent zero:weights={newest_net(out)}"
    )
    print(f"      Look into it: untold report {out}")
    return 0


def _manage(config: Config, out: Path) -> int | None:
    """Stop, carry or keep a run; None if training is what is asked for."""
    from selfplay import (
        export_run,
        grow_run,
        import_run,
        resume_milestone,
        save_milestone,
        stop_run,
    )

    if config.stop is not None:
        stop_run(config.stop)
        print(f"stopped; go on with: untold train --resume --out {config.stop}")
    elif config.export is not None:
        left_out = export_run(out, config.export, config.megabytes)
        older = f"; {left_out} older shards of games left out" if left_out else ""
        print(f"wrote {config.export}{older}")
    elif config.import_ is not None:
        import_run(config.import_, out)
        print(f"unpacked; go on with: untold train --resume --out {out}")
    elif config.save_milestone is not None:
        save_milestone(out, config.save_milestone)
        print(f"kept in {config.save_milestone}")
    elif config.milestone is not None:
        resume_milestone(config.milestone, out)
        print(f"ready; go on with: untold train --resume --out {out}")
    elif config.grow is not None:
        owed = grow_run(config.grow, out, config.set, config.passes)
        print(
            f"ready: {owed:,} steps of learning from the games of {config.grow} come first; "
            f"go on with: untold train --resume --out {out}"
        )
    else:
        return None
    return 0


def _settings(config: Config) -> RunConfig:
    from selfplay import load_preset, with_overrides

    changes = [*config.set]
    for name, value in (
        ("seed", config.seed),
        ("max_minutes", config.minutes),
        ("workers", 0 if config.workers == "ray" else config.workers),
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
    if "catching_up" in event:
        bar.set_postfix_str(f"learning from the games that are there, {event['catching_up']:.0%}")
        return
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
