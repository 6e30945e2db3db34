"""Games between two agents. The referee is our own `GameState`; nothing an agent says or does
can change the game except a legal move or a resignation."""

from __future__ import annotations

import dataclasses
import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal, get_args

import numpy as np

from agents.base import RESIGN, Agent, AgentError, BatchAgent, Limits
from go_engine.rules import BLACK, WHITE, Rules
from go_engine.state import GameState, IllegalMoveError

__all__ = [
    "DEFAULT_RULES",
    "ENDINGS",
    "NO_LIMITS",
    "SCORED",
    "Ending",
    "GameRecord",
    "GameSetup",
    "default_move_limit",
    "forfeit",
    "play_all",
    "play_game",
    "play_games",
]

Ending = Literal["passes", "move limit", "resign", "illegal move", "crash", "hang", "void"]
"""How a game came to its end.

`passes`: two passes. `move limit`: stopped and scored as it stands. `resign`: given up.
`illegal move`, `crash` (the agent raised an error) and `hang` (no answer within the deadline; only
a tournament's worker processes can be stopped from outside): lost by the side to move.
`void`: neither side's fault (the process playing it was killed); counts for nobody.
"""

ENDINGS: Final[tuple[str, ...]] = get_args(Ending)

NO_LIMITS: Final = Limits()
DEFAULT_RULES: Final = Rules()

SCORED: Final = frozenset({"passes", "move limit"})
"""The endings whose result is the score on the board."""


def default_move_limit(rules: Rules) -> int:
    """Moves after which a game is stopped unless said otherwise: four times the points."""
    return 4 * rules.num_points


@dataclass(frozen=True, slots=True)
class GameSetup:
    """Everything that fixes a game except the two agents' minds.

    Attributes:
        game_id: its name, unique among the games it is counted with.
        pair_id: the name of the colour-swapped pair it belongs to.
        black: the name of the agent that plays Black.
        white: the name of the agent that plays White.
        rules: the rules; the winner is decided by area and `rules.komi`.
        opening: moves made by the referee before the agents are asked.
        seed: what the agents' chance is drawn from: an entropy and a spawn key, as in
            `numpy.random.SeedSequence(seed[0], spawn_key=seed[1:])`. Each side has its own child.
        limits: what one move may cost, (Black, White).
        max_moves: the game stops after this many moves, the opening and passes counted, and is
            scored as it stands; None is four times the number of points.
    """

    game_id: str
    pair_id: str
    black: str
    white: str
    rules: Rules = DEFAULT_RULES
    opening: tuple[int, ...] = ()
    seed: tuple[int, ...] = (0,)
    limits: tuple[Limits, Limits] = (NO_LIMITS, NO_LIMITS)
    max_moves: int | None = None

    @property
    def move_limit(self) -> int:
        """`max_moves`, or the default where it is None."""
        return default_move_limit(self.rules) if self.max_moves is None else self.max_moves

    def rng(self, side: int) -> np.random.Generator:
        """The generator of BLACK or WHITE; the same one every time it is asked for."""
        key = (*self.seed[1:], 0 if side == BLACK else 1)
        return np.random.default_rng(np.random.SeedSequence(self.seed[0], spawn_key=key))


@dataclass(frozen=True, slots=True)
class GameRecord:
    """One finished game.

    Attributes:
        game_id: as in the setup.
        pair_id: as in the setup.
        black: the name of the agent that played Black.
        white: the name of the agent that played White.
        rules: as in the setup.
        opening: number of moves at the start that the referee made.
        moves: all moves in order, the opening and passes included.
        result: BLACK, WHITE, 0 for a draw, None for a void game.
        black_score: Black's area minus White's before komi if the ending is scored, else None.
        ending: how it ended.
        detail: one line about an ending by fault, else empty.
        seconds: wall-clock seconds spent choosing moves, (Black, White).
        decisions: number of times each side was asked, (Black, White).
        seed: as in the setup.
    """

    game_id: str
    pair_id: str
    black: str
    white: str
    rules: Rules
    opening: int
    moves: tuple[int, ...]
    result: int | None
    black_score: int | None
    ending: Ending
    detail: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)
    decisions: tuple[int, int] = (0, 0)
    seed: tuple[int, ...] = ()

    @property
    def margin(self) -> float | None:
        """Points Black won by, komi counted (negative: White's win); None if not scored."""
        return None if self.black_score is None else self.black_score - self.rules.komi

    def points(self, name: str) -> float:
        """What `name` got: 1, 0.5 or 0.

        Raises:
            ValueError: if `name` did not play, or the game is void.
        """
        if self.result is None or name not in (self.black, self.white):
            raise ValueError(f"game {self.game_id} gives no points to {name}")
        return (1 + self.result * (1 if name == self.black else -1)) / 2

    def to_json(self) -> dict[str, Any]:
        """A mapping that `json` can write and `from_json` reads back to an equal record."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GameRecord:
        """The record that `to_json` made `data` from.

        Raises:
            ValueError: if a field is missing, unknown or of another kind.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        if set(data) != known:
            raise ValueError(f"not a game record: fields {sorted(set(data) ^ known)} differ")
        wrong = [name for name, is_right in _FIELD_CHECKS.items() if not is_right(data[name])]
        if wrong:
            raise ValueError(f"not a game record: {wrong[0]} is {data[wrong[0]]!r}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        values["rules"] = Rules(**values["rules"])
        return cls(**values)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_ints(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_int, value))


_RULE_NAMES: Final = {field.name for field in dataclasses.fields(Rules)}
_FIELD_CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(
        ("game_id", "pair_id", "black", "white", "detail"), lambda v: isinstance(v, str)
    ),
    "rules": lambda v: isinstance(v, dict) and {"board_size", "komi"} <= v.keys() <= _RULE_NAMES,
    "opening": _is_int,
    "moves": _is_ints,
    "result": lambda v: v is None or (_is_int(v) and v in (BLACK, 0, WHITE)),
    "black_score": lambda v: v is None or _is_int(v),
    "ending": lambda v: v in ENDINGS,
    "seconds": lambda v: isinstance(v, list) and [type(x) for x in v] == [float, float],
    "decisions": lambda v: _is_ints(v) and len(v) == 2,
    "seed": _is_ints,
}


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


def forfeit(
    setup: GameSetup, moves: Sequence[int], loser: int, ending: Ending, detail: str
) -> GameRecord:
    """The record of a game stopped from outside after `moves`; `loser` 0 makes it void."""
    return GameRecord(
        game_id=setup.game_id,
        pair_id=setup.pair_id,
        black=setup.black,
        white=setup.white,
        rules=setup.rules,
        opening=len(setup.opening),
        moves=tuple(moves),
        result=-loser if loser else None,
        black_score=None,
        ending=ending,
        detail=detail,
        seed=setup.seed,
    )


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
