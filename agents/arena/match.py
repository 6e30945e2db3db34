"""Games between two agents. The referee is our own `GameState`; nothing an agent says or does
can change the game except a legal move or a resignation."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from agents.arena.records import SCORED, Ending, GameRecord, GameSetup
from agents.base import RESIGN, Agent, AgentError, BatchAgent, Limits
from go_engine.rules import BLACK, WHITE
from go_engine.state import GameState, IllegalMoveError

__all__ = ["play_all", "play_game", "play_games"]


class _LiveGame:
    """A game going on: the referee's state, the clocks, and in the end how it ended."""

    def __init__(self, setup: GameSetup) -> None:
        self.setup = setup
        self.state = _opened(setup)
        self.seconds = {BLACK: 0.0, WHITE: 0.0}
        self.decisions = {BLACK: 0, WHITE: 0}
        self._rngs = {side: setup.rng(side) for side in (BLACK, WHITE)}
        self._ending: Ending | None = None
        self._detail = ""
        self._loser = 0
        self._look()

    @property
    def is_over(self) -> bool:
        return self._ending is not None

    @property
    def name(self) -> str:
        """The agent to move."""
        return self.setup.black if self.state.to_play == BLACK else self.setup.white

    @property
    def limits(self) -> Limits:
        return self.setup.limits[0 if self.state.to_play == BLACK else 1]

    @property
    def rng(self) -> np.random.Generator:
        return self._rngs[self.state.to_play]

    def answer(self, answer: int | Exception, seconds: float) -> None:
        """Make the move of the side to move, or end the game if it resigns or is at fault.

        Raises:
            MemoryError: if that is the answer; it is nobody's fault.
        """
        side = self.state.to_play
        self.seconds[side] += seconds
        self.decisions[side] += 1
        if isinstance(answer, Exception):
            self.crash(answer, side)
        elif answer == RESIGN:
            self._lose(side, "resign", "")
        else:
            try:
                self.state.play(answer)
            except (IllegalMoveError, OverflowError) as error:
                self._lose(side, "illegal move", _one_line(error))
            else:
                self._look()

    def crash(self, error: Exception, side: int) -> None:
        """`side`'s agent raised `error`."""
        if isinstance(error, MemoryError):
            raise error
        self._lose(side, "crash", _one_line(error))

    def _lose(self, side: int, ending: Ending, detail: str) -> None:
        self._loser, self._ending, self._detail = side, ending, detail

    def _look(self) -> None:
        if self.state.is_over:
            self._ending = "passes"
        elif self.state.move_count >= self.setup.move_limit:
            self._ending = "move limit"

    def record(self) -> GameRecord:
        """The finished game."""
        assert self._ending is not None
        setup, state, scored = self.setup, self.state, self._ending in SCORED
        return GameRecord(
            game_id=setup.game_id,
            pair_id=setup.pair_id,
            black=setup.black,
            white=setup.white,
            rules=setup.rules,
            opening=len(setup.opening),
            moves=state.history,
            result=state.winner() if scored else -self._loser,
            black_score=state.black_score() if scored else None,
            ending=self._ending,
            detail=self._detail,
            seconds=(round(self.seconds[BLACK], 6), round(self.seconds[WHITE], 6)),
            decisions=(self.decisions[BLACK], self.decisions[WHITE]),
            seed=setup.seed,
        )


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
    game = _LiveGame(setup)
    watch = on_turn or (lambda _state, _side: None)
    agents = {BLACK: black, WHITE: white}
    for side, agent in agents.items():
        watch(game.state, side)
        try:
            agent.new_game()
        except Exception as error:
            game.crash(error, side)
            return game.record()
    while not game.is_over:
        watch(game.state, game.state.to_play)
        _ask(game, agents[game.state.to_play])
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
    live: list[_LiveGame] = []
    while True:
        live += [_LiveGame(setup) for setup in islice(waiting, at_once - len(live))]
        if not live:
            return
        by_name: dict[str, list[_LiveGame]] = {}
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


def _ask(game: _LiveGame, agent: Agent) -> None:
    """Have `agent` make the next move."""
    start = time.perf_counter()
    answer: int | Exception
    try:
        decision = agent.select_move(game.state.copy(), game.limits, game.rng)
        answer = operator.index(decision.move)
    except Exception as error:
        answer = error
    game.answer(answer, time.perf_counter() - start)


def _ask_together(games: Sequence[_LiveGame], agent: BatchAgent) -> None:
    """Have `agent` make the next move of all `games`, none of which is over."""
    start = time.perf_counter()
    before = [game.rng.bit_generator.state for game in games]
    try:
        decisions = agent.select_moves(
            [game.state.copy() for game in games],
            [game.limits for game in games],
            [game.rng for game in games],
        )
        moves = [operator.index(decision.move) for decision in decisions]
        if len(moves) != len(games):
            raise ValueError(f"{len(moves)} moves for {len(games)} positions")
    except Exception:  # one of them is at fault: which?
        for game, state in zip(games, before, strict=True):
            game.rng.bit_generator.state = state
            _ask(game, agent)
        return
    seconds = (time.perf_counter() - start) / len(games)
    for game, move in zip(games, moves, strict=True):
        game.answer(move, seconds)


def _opened(setup: GameSetup) -> GameState:
    try:
        return GameState.from_moves(setup.rules, setup.opening)
    except IllegalMoveError as error:
        raise ValueError(f"game {setup.game_id}: the opening holds an {error}") from None


def _one_line(error: Exception) -> str:
    """The error in at most 200 characters; its type is named unless it is an agent's own words."""
    text = " ".join(str(error).split())
    if not isinstance(error, AgentError | IllegalMoveError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text[:200]
