"""Labelled games out of nothing but an apt package: GNU Go plays itself.

Each game has its own generator, spawned from the seed and the game's number, so a collection that
was cut off goes on with the games it would have had. Openings are random and become set-up stones:
what nobody chose is no label.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.arena.openings import random_openings
from agents.base import RESIGN, Agent, AgentError, Limits
from agents.gtp.gnugo import gnugo_agent
from go_engine import BLACK, GameState, Rules
from go_engine.sgf import write_sgf
from selfplay.supervised.labelled import Progress

__all__ = ["MakeConfig", "make_games"]

_TAG = "untold made-games"


@dataclass(frozen=True, slots=True)
class MakeConfig:
    """Which games are made.

    Attributes:
        games: how many in all.
        levels: (lowest, highest) of GNU Go's levels; each side of a game gets one drawn evenly.
        opening: (fewest, most) random moves before the players begin, drawn evenly.
        board_size: points a side.
        komi: White's compensation.
        seed: of everything; the same settings make the same games.
        at_once: games played side by side, each with two GNU Go processes.
        program: GNU Go; None finds it.
    """

    games: int = 1000
    levels: tuple[int, int] = (1, 10)
    opening: tuple[int, int] = (0, 6)
    board_size: int = 9
    komi: float = 7.0
    seed: int = 1
    at_once: int = 1
    program: str | None = None

    def __post_init__(self) -> None:
        if self.games < 1 or self.at_once < 1:
            raise ValueError("games and at_once must be 1 or more")
        if not 1 <= self.levels[0] <= self.levels[1] <= 10:
            raise ValueError(f"levels must be two of 1 to 10, the lower first, not {self.levels}")
        if not 0 <= self.opening[0] <= self.opening[1] <= 20:
            raise ValueError(f"opening must be two of 0 to 20, the lower first, not {self.opening}")

    @property
    def tag(self) -> str:
        """What stands in each game as its event: the settings that decide the games."""
        return (
            f"{_TAG} seed={self.seed} levels={self.levels[0]}-{self.levels[1]} "
            f"opening={self.opening[0]}-{self.opening[1]}"
        )


def make_games(config: MakeConfig, path: Path, progress: Progress | None = None) -> int:
    """Append games to the SGF collection at `path`, one a line, until it holds `config.games`.

    Whatever moment this is stopped, the file holds whole games; the next call goes on after them.
    Returns how many were made now.

    Raises:
        ValueError: if the file holds games that these settings did not make.
        AgentError: if GNU Go is not there or fails.
        OSError: if the file cannot be written.
    """
    done = _games_in(path, config)
    made = 0
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for text in _play_from(config, done):
            file.write(text + "\n")
            file.flush()
            made += 1
            if progress:
                progress("making games", done + made, config.games)
    return made


def _games_in(path: Path, config: MakeConfig) -> int:
    """How many whole games the file holds; a last line that was cut off is taken away."""
    if not path.exists():
        return 0
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.decode("utf-8", "replace").splitlines()
    wanted = [f"EV[{config.tag} game={i}]" for i in range(len(lines))]
    shape = f"SZ[{config.board_size}]"
    if any(tag not in line or shape not in line for tag, line in zip(wanted, lines, strict=True)):
        raise ValueError(f"{path} holds other games than these settings make; name another file")
    if len(whole) < len(data):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    return len(lines)


def _play_from(config: MakeConfig, first: int) -> Iterator[str]:
    """The games from number `first` on, in order; all processes end with the iterator."""
    stopped = threading.Event()

    def play(number: int) -> str:
        return _one_game(config, number, stopped.is_set)

    if config.at_once == 1:
        yield from map(play, range(first, config.games))
        return
    with ThreadPoolExecutor(config.at_once) as pool:
        try:
            yield from pool.map(play, range(first, config.games))
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


def _one_game(config: MakeConfig, number: int, is_stopped: Callable[[], bool]) -> str:
    """SGF text of a game, in one line."""
    rng = np.random.default_rng([config.seed, number])
    rules = Rules(config.board_size, config.komi)
    levels = [int(level) for level in rng.integers(*config.levels, size=2, endpoint=True)]
    plies = int(rng.integers(*config.opening, endpoint=True))
    opening = random_openings(rules, 1, plies, rng)[0]
    state = GameState.from_moves(rules, list(opening))
    agents: list[Agent] = []
    try:
        agents += [gnugo_agent(level, config.program) for level in levels]
        result = _play_out(state, agents, rng, is_stopped)
    finally:
        for agent in agents:
            agent.close()
    names = [f"GNU Go level {level}" for level in levels]
    return _as_line(state, len(opening), names, result, f"{config.tag} game={number}")


def _play_out(
    state: GameState, agents: list[Agent], rng: np.random.Generator, is_stopped: Callable[[], bool]
) -> str | None:
    """Let them move by turns, Black's player first, to the end or four moves a point; the result
    if one of them resigns."""
    while not state.is_over and state.move_count < 4 * state.rules.num_points:
        if is_stopped():
            raise AgentError("the making of games was stopped")
        agent = agents[0 if state.to_play == BLACK else 1]
        move = agent.select_move(state, Limits(), rng).move
        if move == RESIGN:
            return "W+R" if state.to_play == BLACK else "B+R"
        state.play(move)
    return None


def _as_line(
    state: GameState, opening: int, names: list[str], result: str | None, event: str
) -> str:
    """The game with its first moves as set-up stones."""
    moves = list(state.history)
    told = GameState.from_moves(state.rules, moves[:opening])
    labelled = state
    if opening:
        labelled = GameState.from_stones(state.rules, told.stones(), told.to_play)
        for move in moves[opening:]:
            labelled.play_unchecked(move)
    text = write_sgf(labelled, black=names[0], white=names[1], result=result, event=event)
    return re.sub(r"\s*\n\s*", "", text.strip())
