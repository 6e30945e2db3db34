"""Bare training, with nothing but torch, numpy, numba and safetensors installed:

python -m selfplay --preset 5x5 --out runs/first
python -m selfplay --resume --out runs/first
python -m selfplay --stop --out runs/first
python -m selfplay --export first.tar --out runs/first
python -m selfplay --import first.tar --out runs/second
python -m selfplay --grow runs/first --out runs/larger --set net.channels=96
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from agents.base import AgentError
from selfplay import (
    Trainer,
    export_run,
    grow_run,
    import_run,
    load_preset,
    preset_names,
    resume_milestone,
    stop_run,
    with_overrides,
)

__all__ = ["main"]


def show(event: dict[str, Any]) -> None:
    """One plain line for each event."""
    if "warning" in event:
        print(f"warning: {event['warning']}", file=sys.stderr, flush=True)
        return
    losses = event.get("losses") or {}
    if "catching_up" in event:
        print(
            f"learning from the games that are there: {event['catching_up']:4.0%}  "
            f"policy {losses.get('policy', float('nan')):.3f}  "
            f"result {losses.get('result', float('nan')):.3f}",
            flush=True,
        )
        return
    print(
        f"it {event['iteration']:>5}  positions {event['positions']:>9,}  "
        f"{event['progress']:6.1%}  {event['positions_per_s']:7.0f} pos/s  "
        f"{event['iteration_seconds']:5.1f}s (learning {event['learn_seconds']:5.1f}s)  "
        f"policy {losses.get('policy', float('nan')):.3f}  "
        f"result {losses.get('result', float('nan')):.3f}  "
        f"length {event.get('game_length', 0):5.1f}  black wins {event.get('black_wins', 0):4.0%}  "
        f"centre {event['centre_prior']:5.1%}  score {event['empty_score']:+.1f}",
        flush=True,
    )


def _manage(options: argparse.Namespace) -> bool:
    """Stop, carry or take up a run; False if training is what is asked for."""
    if options.stop:
        stop_run(options.out)
    elif options.export is not None:
        export_run(options.out, options.export, options.megabytes)
    elif options.unpack is not None:
        import_run(options.unpack, options.out)
    elif options.milestone is not None:
        resume_milestone(options.milestone, options.out)
    elif options.grow is not None:
        grow_run(options.grow, options.out, options.set, options.passes)
    else:
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m selfplay",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--preset", default="smoke", help=f"settings: {', '.join(preset_names())} or a JSON file"
    )
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--resume", action="store_true", help="go on with the run in the folder")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting, e.g. seed=1 or learn.batch_size=128",
    )
    parser.add_argument(
        "--address", default="", help="Ray cluster that plays: HOST:PORT, auto or local"
    )
    parser.add_argument("--stop", action="store_true", help="have the training in --out stop")
    parser.add_argument("--export", type=Path, help="write the run in --out to this file")
    parser.add_argument("--megabytes", type=float, default=48.0, help="the file's size, at most")
    parser.add_argument("--import", type=Path, dest="unpack", help="unpack such a file into --out")
    parser.add_argument("--milestone", type=Path, help="begin --out where this milestone ended")
    parser.add_argument("--grow", type=Path, help="have a new network take this run over in --out")
    parser.add_argument(
        "--passes", type=float, default=2.0, help="through its games, before it plays"
    )
    options = parser.parse_args(arguments)
    try:
        if _manage(options):
            return 0
        config = None
        if options.resume and options.set:
            raise ValueError("--resume goes on with the run's own settings; leave --set out")
        if not options.resume:
            config = with_overrides(load_preset(options.preset), options.set)
        trainer = Trainer(options.out, config, show, options.address)
        trainer.train()
        if trainer.stopped:
            raise KeyboardInterrupt
    except (AgentError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            f"stopped; go on with: python -m selfplay --resume --out {options.out}", file=sys.stderr
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
