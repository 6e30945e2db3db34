"""What the commands of `untold told` do."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.cli.progress import Progress

if TYPE_CHECKING:
    from scripts.cli.told import Ablate, Boost, Eval, MakeGames, Practise, Teach, Train

__all__ = ["ablate", "boost", "evaluate", "make", "practise", "teach", "train"]

_INTERRUPTED = 130


def train(config: Train, progress: Progress) -> int:
    """Learn weights, write them with their card, and say how good they are."""
    from selfplay.supervised import TrainConfig, train_from_files, write_trained

    _check_writable(config.out)  # before the work, not after it
    settings = TrainConfig(
        epochs=config.epochs,
        l2=config.l2,
        held_out=config.held_out,
        playouts=config.playouts,
        seed=config.seed,
    )
    unfinished = config.out / "unfinished"
    result = train_from_files(config.games, settings, progress.show, progress.complain, unfinished)
    progress.close()
    write_trained(result, config.out, source=config.source, command=_command(config))
    agreement, training = result.agreement, result.trained
    if training.interrupted:
        print(
            f"stopped after {len(training.epochs)} of {config.epochs} epochs; kept what it learned"
        )
    print(
        f"{result.train_games:,} games with {result.train_positions:,} positions learned from; "
        f"on {result.held_out_games:,} games held back:"
    )
    print(_in_words(agreement))
    if not training.interrupted:
        shutil.rmtree(unfinished, ignore_errors=True)
    print(f"weights and card: {config.out}")
    print(f"Play it: untold play --agent told:weights={config.out}")
    return _INTERRUPTED if training.interrupted else 0


def _check_writable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))


def _command(config: Train) -> str:
    """The command line that trains the same again, whatever the files were called."""
    return (
        f"untold told train --games GAMES --out OUT --held-out {config.held_out:g} "
        f"--epochs {config.epochs} --l2 {config.l2:g} "
        + (f"--playouts {config.playouts} " if config.playouts else "")
        + f"--seed {config.seed}"
    )


def evaluate(config: Eval, progress: Progress) -> int:
    """Print how well an agent agrees with games."""
    import json

    from agents.base import AgentError, MovePredictor
    from agents.spec import make_agent
    from selfplay.supervised import evaluate_both, known_positions, read_games, split_for_training

    if config.seen and config.held_out:
        raise ValueError(
            "give --seen or --held-out, not both: the rest of the split counts as seen"
        )
    agent = make_agent(config.agent)
    try:
        if not isinstance(agent, MovePredictor):
            raise AgentError(f"{config.agent} gives no move probabilities; told and zero do")
        games = read_games(config.games, progress.complain, progress.show)
        seen = read_games(config.seen, progress.complain, progress.show) if config.seen else []
        if config.held_out:
            seen, games = split_for_training(games, config.held_out, config.seed)
        agreement, new = evaluate_both(agent, games, known_positions(seen), progress.show)
        found: dict[str, Any] = {**agreement, **({"new": new} if seen else {})}
    finally:
        agent.close()
    progress.close()
    if config.json:
        print(json.dumps(found))
        return 0
    print(_in_words(found))
    if seen:
        said = _in_words(found["new"]) if found["new"] else "no position"
        print(f"of them in none of the games seen: {said}")
    return 0


def ablate(config: Ablate, progress: Progress) -> int:
    """Print what each family of features is worth."""
    from agents.told import MoveModel
    from selfplay.supervised import GROUPS, TrainConfig, ablation_table, prepare
    from selfplay.supervised import ablate as run_ablation

    _check_writable(config.out)
    settings = TrainConfig(epochs=config.epochs, held_out=config.held_out, seed=config.seed)
    names = ("nothing", *config.without) if config.without else tuple(GROUPS)
    if unknown := [name for name in names if name not in GROUPS]:
        raise ValueError(f"no such family or group: {unknown[0]} (there are {', '.join(GROUPS)})")

    def keep(name: str, model: MoveModel) -> None:
        if config.save:
            folder = config.out / name.replace(" ", "-")
            model.save(folder, {"name": f"told without {name}", "command": "untold told ablate"})

    data = prepare(config.games, settings, config.out / "read", progress.show, progress.complain)
    results = run_ablation(data, settings, names, config.out, progress.show, keep)
    progress.close()
    print(ablation_table(results))
    return 0


def teach(config: Teach, progress: Progress) -> int:
    """Teach a network, write it with its card, and say how good it is."""
    from selfplay.supervised import TeachConfig, teach_from_files

    _check_writable(config.out)
    settings = TeachConfig(
        net=config.net, epochs=config.epochs, held_out=config.held_out, seed=config.seed
    )
    card = teach_from_files(
        config.games,
        settings,
        config.out,
        source=config.source,
        command=f"untold told teach --games GAMES --out OUT --net {config.net} "
        f"--epochs {config.epochs:g} --held-out {config.held_out:g} --seed {config.seed}",
        progress=progress.show,
        on_error=progress.complain,
    )
    progress.close()
    shutil.rmtree(config.out / "unfinished", ignore_errors=True)
    print(f"{card['train_positions']:,} positions learned from; on games held back:")
    print(_in_words(card["held_out"]))
    print(f"network and card: {config.out}")
    print(f"Play it: untold play --agent taught:weights={config.out}/net.safetensors")
    return 0


def boost(config: Boost, progress: Progress) -> int:
    """Boost trees, write them with their card, and say how good they are."""
    from agents.told import MoveModel
    from agents.told.agent import SHIPPED
    from selfplay.supervised import read_games
    from selfplay.supervised.boosting import BoostConfig
    from selfplay.supervised.boosting import boost as run_boost

    _check_writable(config.out)
    settings = BoostConfig(
        rounds=config.rounds,
        max_games=config.max_games,
        held_out=config.held_out,
        seed=config.seed,
    )
    linear = MoveModel.load(config.linear or SHIPPED)
    games = read_games(config.games, progress.complain, progress.show)
    command = (
        f"untold told boost --games GAMES --out OUT --rounds {config.rounds} "
        f"--max-games {config.max_games} --held-out {config.held_out:g} --seed {config.seed}"
    )
    card = run_boost(games, linear, settings, config.out, command, progress.show)
    progress.close()
    print(f"{card['train_games']:,} games learned from; on games held back:")
    print(_in_words(card["held_out"]))
    if card["held_out_new_positions"]:
        print("of them in no training game: " + _in_words(card["held_out_new_positions"]))
    print(f"Play it: untold play --agent boosted:weights={config.out}")
    return 0


def practise(config: Practise, progress: Progress) -> int:
    """Practise, and write weights and card."""
    from selfplay.supervised import Practice, PracticeConfig
    from selfplay.supervised import practise as run_practice

    _check_writable(config.out)
    settings = PracticeConfig(
        games=config.games,
        board_size=config.size,
        playouts=config.playouts,
        candidates=config.candidates,
        at_once=config.at_once,
        patterns_after=config.patterns_after,
        min_seen=config.min_seen,
        seed=config.seed,
    )

    def say(practice: Practice) -> None:
        progress.show(f"practising, loss {practice.loss:.3f}", practice.games, config.games)

    card = run_practice(
        settings,
        config.out,
        command=f"untold told practise --out OUT --games {config.games} --size {config.size} "
        f"--playouts {config.playouts} --candidates {config.candidates} "
        f"--at-once {config.at_once} --patterns-after {config.patterns_after} "
        f"--min-seen {config.min_seen} --seed {config.seed}",
        progress=say,
    )
    progress.close()
    print(f"{card['games']:,} games practised; weights and card: {config.out}")
    print(f"Play it: untold play --agent practised:weights={config.out}")
    return 0


def make(config: MakeGames, progress: Progress) -> int:
    """Make labelled games."""
    from selfplay.supervised import MakeConfig, make_games

    settings = MakeConfig(
        games=config.games,
        levels=config.levels,
        opening=config.opening,
        board_size=config.size,
        komi=config.komi,
        seed=config.seed,
        at_once=config.at_once,
    )
    config.out.parent.mkdir(parents=True, exist_ok=True)
    made = make_games(settings, config.out, progress.show)
    progress.close()
    print(f"{made:,} games made now, {max(config.games, made):,} in all: {config.out}")
    print(f"Train on them: untold told train --games {config.out} --out runs/told")
    return 0


def _in_words(agreement: Any) -> str:
    return (
        f"{agreement['positions']:,} positions: the move played was the likeliest in "
        f"{agreement['top1']:.1%}, among the three likeliest in {agreement['top3']:.1%}; "
        f"mean log-loss {agreement['log_loss']:.4f}"
    )
