"""Games between two agents. The referee is our own `GameState`; nothing an agent says or does
can change the game except a legal move or a resignation."""

from __future__ import annotations

import dataclasses
import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, runtime_checkable

from agents.arena.live import LiveGame
from agents.arena.records import GameRecord, GameSetup
from agents.base import Agent, BatchAgent, Decision
from go_engine.rules import BLACK, WHITE
from go_engine.state import GameState

__all__ = ["SpendsElsewhere", "play_all", "play_game", "play_games"]


@runtime_checkable
class SpendsElsewhere(Protocol):
    """An agent that thinks in another process and can say what that costs."""

    def cpu_seconds(self) -> float:
        """CPU time of that process since the agent was made."""
        ...


def play_game(
    setup: GameSetup,
    black: Agent,
    white: Agent,
    on_turn: Callable[[GameState, int], None] | None = None,
) -> GameRecord:
    """Play `setup` between `black` and `white` (which may be one object) and return what happened.

    Agents get copies of the state, so they cannot change the game. Any exception out of an agent
    loses it the game (ending `crash`), except `MemoryError`, which goes through, as do
    `KeyboardInterrupt` and `SystemExit`. An agent that never answers blocks this function.

    Args:
        setup: the game to play.
        black: plays Black.
        white: plays White.
        on_turn: called with the state (not to be changed) and a side before that side's agent is
            asked for anything: to begin, or for a move.

    Raises:
        ValueError: if the opening is illegal.
    """
    game = LiveGame(setup)
    watch = on_turn or (lambda _state, _side: None)
    agents = {BLACK: black, WHITE: white}
    for side, agent in agents.items():
        watch(game.state, side)
        try:
            agent.new_game()
        except Exception as error:
            game.crash(error, side)
            return game.record()
    spent = {side: _spent_elsewhere(agent) for side, agent in agents.items()}
    while not game.is_over:
        watch(game.state, game.state.to_play)
        _ask(game, agents[game.state.to_play])
    share = 0.5 if black is white else 1.0
    for side, agent in agents.items():
        game.cpu_seconds[side] += share * (_spent_elsewhere(agent) - spent[side])
    return game.record()


def play_games(
    setups: Iterable[GameSetup],
    agents: Mapping[str, BatchAgent],
    at_once: int = 128,
    on_turn: Callable[[int], None] = lambda _count: None,
) -> Iterator[GameRecord]:
    """Play many games side by side, each agent asked about all positions that wait for it at once.

    What holds for a game in `play_game` holds here too. Agents whose answers do not depend on what
    they are asked beside play the same games as there; a network on the CPU nearly does (its last
    bits may depend on the size of the batch).

    Args:
        setups: the games.
        agents: by the names that the setups use.
        at_once: games that go on at the same time.
        on_turn: called with their number before an agent is asked about so many positions.

    Yields:
        Each game as it ends.

    Raises:
        ValueError: if an opening is illegal.
    """
    waiting = iter(setups)
    live: list[LiveGame] = []
    while True:
        live += [LiveGame(setup) for setup in islice(waiting, at_once - len(live))]
        if not live:
            return
        by_name: dict[str, list[LiveGame]] = {}
        for game in live:
            if not game.is_over:
                by_name.setdefault(game.name, []).append(game)
        for name, games in by_name.items():
            on_turn(len(games))
            _ask_together(games, agents[name])
        yield from (game.record() for game in live if game.is_over)
        live = [game for game in live if not game.is_over]


def play_all(setups: Iterable[GameSetup], agents: Mapping[str, Agent]) -> Iterator[GameRecord]:
    """Play the games side by side if all agents can (`BatchAgent`), else one after the other."""
    together = {name: agent for name, agent in agents.items() if isinstance(agent, BatchAgent)}
    if len(together) == len(agents):
        yield from play_games(setups, together)
    else:
        for setup in setups:
            yield play_game(setup, agents[setup.black], agents[setup.white])


def _spent_elsewhere(agent: Agent) -> float:
    return agent.cpu_seconds() if isinstance(agent, SpendsElsewhere) else 0.0


def _checked(decision: Decision) -> Decision:
    """The decision with its move as a plain int; raises whatever keeps it from being one."""
    return dataclasses.replace(decision, move=operator.index(decision.move))


def _ask(game: LiveGame, agent: Agent) -> None:
    """Have `agent` make the next move."""
    start, cpu_start = time.perf_counter(), time.process_time()
    answer: Decision | Exception
    try:
        answer = _checked(agent.select_move(game.state.copy(), game.limits, game.rng))
    except Exception as error:
        answer = error
    game.answer(answer, time.perf_counter() - start, time.process_time() - cpu_start)


def _ask_together(games: Sequence[LiveGame], agent: BatchAgent) -> None:
    """Have `agent` make the next move of all `games`, none of which is over."""
    start, cpu_start = time.perf_counter(), time.process_time()
    before = [game.rng.bit_generator.state for game in games]
    try:
        decisions = agent.select_moves(
            [game.state.copy() for game in games],
            [game.limits for game in games],
            [game.rng for game in games],
        )
        answers = list(map(_checked, decisions))
        if len(answers) != len(games):
            raise ValueError(f"{len(answers)} moves for {len(games)} positions")
    except Exception:  # one of them is at fault: which?
        for game, state in zip(games, before, strict=True):
            game.rng.bit_generator.state = state
            _ask(game, agent)
        return
    seconds = (time.perf_counter() - start) / len(games)
    cpu_seconds = (time.process_time() - cpu_start) / len(games)
    for game, answer in zip(games, answers, strict=True):
        game.answer(answer, seconds, cpu_seconds)
