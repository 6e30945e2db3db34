"""The main job: a network that is told nothing finds the proved best opening of 5x5 Go.

    bash scripts/demo                 # set-up, then this; about six minutes on two cores
    bash scripts/demo --seed 1        # another start, the same finding
    bash scripts/demo --help

Trains from nothing, plays against the random and the told agent, writes the report, and ends with
what was found beside what has been proved. Stop it at any moment; the same command goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

__all__ = ["main"]

CENTRE = 12
PROVED_MARGIN = 25
PROOF = "van der Werf, van den Herik and Uiterwijk, Solving Go on small boards (2003)"
QUIET_SECONDS = 15.0
KOMI = 24.0  # under which the network is asked about the empty board; Black wins by one point
SIMULATIONS = 200
OPENING_PLIES = 3  # random moves at the start of a pair of games ...
MAX_LEAD = 2.0  # ... after which random playouts leave no side so many points ahead


class _Line:
    """One line that is rewritten on a terminal and now and then printed elsewhere."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._live = Live("", console=self._console, refresh_per_second=4, transient=True)
        self._printed = 0.0

    def __enter__(self) -> _Line:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, text: str) -> None:
        """The present state of things."""
        if self._console.is_terminal:
            self._live.update(Text(text))
        elif time.monotonic() - self._printed >= QUIET_SECONDS:
            self._printed = time.monotonic()
            print(text, flush=True)

    def say(self, text: str) -> None:
        """Something that stays."""
        self._console.print(Text(text)) if self._console.is_terminal else print(text, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    options = _options(arguments)
    run = options.out or Path("runs") / f"demo-seed{options.seed}"
    from agents.base import AgentError

    try:
        with _Line() as line:
            seconds = _train(run, options.seed, options.preset, line)
            result = _compete(run, options.pairs, options.seed, line)
            report = _report(run, result, options.pairs, line)
        _conclude(run, result, report, seconds)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on where it was", file=sys.stderr)
        return 130
    except (AgentError, ValueError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=0, help="every random choice follows from it")
    parser.add_argument(
        "--pairs",
        type=int,
        default=100,
        help="colour-swapped pairs of games against each opponent (default 100)",
    )
    parser.add_argument("--out", type=Path, help="the run's folder (default runs/demo-seedSEED)")
    parser.add_argument("--preset", default="5x5", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.seed < 0 or options.pairs < 1:
        parser.error("--seed must be 0 or more and --pairs 1 or more")
    return options


def _train(run: Path, seed: int, preset: str, line: _Line) -> float:
    """Train, or go on with training, to the end; the seconds it took in all."""
    from selfplay import Trainer, load_preset, with_overrides

    def on_event(event: dict[str, Any]) -> None:
        if "warning" in event:
            line.say(f"note: {event['warning']}")
        elif "iteration" in event:
            line.show(_progress(event))

    resumes = (run / "config.json").exists()
    config = None if resumes else with_overrides(load_preset(preset), [f"seed={seed}"])
    trainer = Trainer(run, config, on_event)
    line.say(
        f"{'Going on with' if resumes else 'Training'} a network on 5x5 ({run}). It knows the "
        "rules and nothing else; nobody shows it a game."
    )
    line.show("The first games are being played, at random...")
    trainer.train()
    return float(trainer.counters["seconds"])


def _progress(event: dict[str, Any]) -> str:
    from go_engine.coords import move_to_vertex

    vertex = move_to_vertex(event["top_move"], 5)
    return (
        f"{event['progress']:4.0%}  {event['games']:,} games against itself. Asked for the first "
        f"move it says {vertex} ({event['top_prior']:.0%} sure); the centre gets "
        f"{event['centre_prior']:.0%} (chance: 4%), and it expects Black to end "
        f"{event['empty_score']:+.0f} points ahead (truth: centre, +{PROVED_MARGIN})."
    )


def _compete(run: Path, pairs: int, seed: int, line: _Line) -> Any:
    """A tournament of the new network, the told and the random agent; its standings."""
    from agents.arena import TournamentSettings, TournamentWatcher, run_tournament
    from agents.spec import make_agent
    from go_engine import Rules
    from selfplay import newest_net

    zero = f"zero:simulations={SIMULATIONS},weights={newest_net(run)},aim=margin"
    settings = TournamentSettings(
        agents=(zero, "told", "random"),
        rules=Rules(5, komi=KOMI),
        num_pairs=pairs,
        seed=seed,
        opening_plies=OPENING_PLIES,
        max_lead=MAX_LEAD,
    )
    done = [0, 0]

    def on_start(played: int, total: int) -> None:
        done[:] = [played, total]
        line.say(f"It now plays the told and the random agent: {total} games.")

    def on_game(_: Any) -> None:
        done[0] += 1
        line.show(f"Game {done[0]} of {done[1]}")

    watcher = TournamentWatcher(on_start=on_start, on_game=on_game, on_note=line.say)
    return run_tournament(settings, run / "matches", make_agent, watcher=watcher)


def _report(run: Path, standings: Any, pairs: int, line: _Line) -> Path:
    """The HTML report of the run; few pairs asked for are few in its own matches too."""
    from selfplay.insight import make_report

    line.say("Writing the report.")
    return make_report(
        run,
        run / "report.html",
        pairs=min(pairs, 5),
        matches=standings,
        on_progress=line.show,
    )


def _conclude(run: Path, standings: Any, report: Path, seconds: float) -> None:
    """What was found, beside what has been proved."""
    from agents.search import ZeroAgent, average_evaluation
    from go_engine import GameState, Rules
    from go_engine.coords import move_to_vertex
    from selfplay import newest_net

    net = newest_net(run)
    agent = ZeroAgent(weights=net)
    policy, value, score, _ = average_evaluation(agent.evaluator, GameState(Rules(5, komi=KOMI)))
    best = int(policy.argmax())
    rows = (
        ("", "the network", "proved [1]"),
        (
            "first move",
            f"{move_to_vertex(best, 5)}, {policy[best]:.0%} sure",
            f"{move_to_vertex(CENTRE, 5)}, the centre",
        ),
        ("Black's margin", f"{score:+.1f} points", f"+{PROVED_MARGIN} points"),
        (f"Black wins (komi {KOMI:g})", f"{value:.0%}", "always"),
    )
    print(
        f"\nAfter {seconds / 60:.1f} minutes of playing against itself, told nothing but the "
        "rules:\n"
    )
    for row in rows:
        print("  {:22} {:18} {}".format(*row))
    print()
    for match in standings.matches:
        if match.a.startswith("zero"):
            pairs = match.pair_score
            print(
                f"  against {match.b:7} {match.pair_wins} of {match.pairs} pairs won by summed "
                f"margin ({pairs.estimate:.0%}, 95 % interval {pairs.low:.0%} to {pairs.high:.0%});"
                f" games {match.wins}-{match.draws}-{match.losses}, {match.mean_margin:+.1f} points"
                " a game"
            )
    print(f"""
  [1] {PROOF}

The whole story, with pictures:   {report}
The network:                      {net}
Play it:                          .venv/bin/untold play --size 5 --agent zero:weights={net}
Play the 9x9 bot that comes along: .venv/bin/untold play""")


if __name__ == "__main__":
    sys.exit(main())
