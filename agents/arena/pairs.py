"""Counting games and colour-swapped pairs, and matches of pairs within this process.

Two rules hold wherever games are counted. A game that repeats another one (same agents with the
same colours, same moves up to the board's symmetries, same ending) is counted once: deterministic
agents would otherwise fill a table with copies. A void game counts for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.arena.match import play_all
from agents.arena.openings import canonical_moves, random_openings
from agents.arena.rating import Interval, PairPoints, fit_ratings, wilson_interval
from agents.arena.records import NO_LIMITS, GameRecord, GameSetup, ResignRule
from agents.base import Agent, Limits
from go_engine.rules import Rules

__all__ = [
    "MatchResult",
    "count_match",
    "distinct_games",
    "game_content",
    "group_pairs",
    "opening_rng",
    "pair_name",
    "pair_setups",
    "play_pairs",
    "rating_points",
]

_OPENINGS, _GAMES = 0, 1  # first number of the spawn keys


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Games between two agents, from the first one's side.

    Attributes:
        a: name of the first agent.
        b: name of the second.
        wins: games that a won, duplicates left out, as in all that follows.
        draws: games drawn.
        losses: games that a lost.
        duplicates: games that repeat another one.
        voids: games that count for nobody.
        by_points: `by_points[k]`: whole pairs in which a took k halves of a point, k = 0 to 4.
        pair_wins: whole pairs that a won by the two games' summed margin, in which komi cancels. A
            game that was not scored on the board counts as the whole board for its winner.
        pair_draws: whole pairs with a summed margin of 0.
        pair_losses: whole pairs that b won by summed margin.
        mean_margin: points per game in a's favour over whole pairs, komi-free; 0 without pairs.
        score: a's share of the points, a draw half, with Wilson's interval over games.
        pair_score: a's share of pairs by summed margin, a draw half, with Wilson's interval over
            pairs.
        elo: a's Elo above b's with its interval (see `rating`); None without games.
        records: all games in the order played, duplicates and voids included.
        superiority: how likely a is the stronger (see `rating`); None without games.
    """

    a: str
    b: str
    wins: int
    draws: int
    losses: int
    duplicates: int
    voids: int
    by_points: tuple[int, int, int, int, int]
    pair_wins: int
    pair_draws: int
    pair_losses: int
    mean_margin: float
    score: Interval
    pair_score: Interval
    elo: Interval | None
    records: tuple[GameRecord, ...]
    superiority: float | None = None

    @property
    def games(self) -> int:
        """Games that count."""
        return self.wins + self.draws + self.losses

    @property
    def pairs(self) -> int:
        """Whole pairs that count."""
        return self.pair_wins + self.pair_draws + self.pair_losses


def play_pairs(
    agent_a: Agent,
    agent_b: Agent,
    rules: Rules,
    num_pairs: int,
    seed: int,
    *,
    opening_plies: int = 4,
    max_lead: float | None = None,
    limits: Limits | tuple[Limits, Limits] = NO_LIMITS,
    max_moves: int | None = None,
    on_game: Callable[[GameRecord], None] | None = None,
) -> MatchResult:
    """Play `num_pairs` colour-swapped pairs in this process.

    The two games of a pair share a random opening; no two pairs have the same. Equal arguments
    give equal games, if the agents draw all their chance from the generator they are handed. The
    first pairs do not depend on how many follow.

    Args:
        agent_a: plays Black in the first game of every pair.
        agent_b: plays Black in the second.
        rules: the rules.
        num_pairs: pairs to play.
        seed: fixes openings and the agents' chance; 0 or more.
        opening_plies: random moves before the agents take over; 0 is the empty board every time.
        max_lead: see `random_openings`.
        limits: what a move may cost, for both or as (agent_a's, agent_b's).
        max_moves: see `GameSetup`.
        on_game: called with each finished game.

    Raises:
        ValueError: if the board has not so many different openings, or `num_pairs` is negative.
    """
    names = agent_a.name, agent_b.name
    if names[0] == names[1]:
        names = f"{names[0]} (a)", f"{names[1]} (b)"
    openings = random_openings(rules, num_pairs, opening_plies, opening_rng(seed), max_lead)
    both = limits if isinstance(limits, tuple) else (limits, limits)
    agents = dict(zip(names, (agent_a, agent_b), strict=True))
    setups = [
        setup
        for pair, opening in enumerate(openings)
        for setup in pair_setups(names, rules, opening, seed, 0, pair, both, max_moves)
    ]
    records = {}
    for record in play_all(setups, agents):
        records[record.game_id] = record
        if on_game is not None:
            on_game(record)
    return count_match([records[setup.game_id] for setup in setups], *names)


def opening_rng(seed: int) -> np.random.Generator:
    """The generator that openings are drawn from; apart from those of the games."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_OPENINGS,)))


def pair_name(pairing: int, pair: int) -> str:
    """What pair number `pair` of pairing number `pairing` is called."""
    return f"{pairing:03d}-{pair:05d}"


def pair_setups(
    names: tuple[str, str],
    rules: Rules,
    opening: tuple[int, ...],
    seed: int,
    pairing: int,
    pair: int,
    limits: tuple[Limits, Limits] = (NO_LIMITS, NO_LIMITS),
    max_moves: int | None = None,
    clocks: tuple[float | None, float | None] = (None, None),
    resign: ResignRule | None = None,
) -> tuple[GameSetup, GameSetup]:
    """The two games of pair number `pair` of pairing number `pairing`; `names[0]` begins as Black.

    `limits` and `clocks` are those of `names`, in that order.
    """
    pair_id = pair_name(pairing, pair)
    first, second = (
        GameSetup(
            game_id=f"{pair_id}-{'ab'[game]}",
            pair_id=pair_id,
            black=names[game],
            white=names[1 - game],
            rules=rules,
            opening=opening,
            seed=(seed, _GAMES, pairing, pair, game),
            limits=(limits[game], limits[1 - game]),
            max_moves=max_moves,
            clocks=(clocks[game], clocks[1 - game]),
            resign=resign,
        )
        for game in (0, 1)
    )
    return first, second


def distinct_games(records: Iterable[GameRecord]) -> list[GameRecord]:
    """The games that count: no void ones, and of equal ones (see the module's text) the first."""
    seen: set[object] = set()
    counted = []
    for record in records:
        key = game_content(record)
        if record.result is not None and record.game_id not in seen and key not in seen:
            seen.update((record.game_id, key))
            counted.append(record)
    return counted


def group_pairs(records: Iterable[GameRecord]) -> list[list[GameRecord]]:
    """The records by pair, pairs in the order of their first game."""
    pairs: dict[str, list[GameRecord]] = {}
    for record in records:
        pairs.setdefault(record.pair_id, []).append(record)
    return list(pairs.values())


def count_match(records: Sequence[GameRecord], a: str, b: str) -> MatchResult:
    """What the games between `a` and `b` among `records` come to."""
    ours = [record for record in records if {record.black, record.white} == {a, b}]
    counted = distinct_games(ours)
    voids = sum(record.result is None for record in ours)
    points = [record.points(a) for record in counted]
    whole = _whole_pairs(ours)
    margins = [sum(_summed_margin(record, a) for record in pair) for pair in whole]
    by_points = [0] * 5
    for pair in whole:
        by_points[round(2 * sum(record.points(a) for record in pair))] += 1
    pair_wins, pair_losses = sum(m > 0 for m in margins), sum(m < 0 for m in margins)
    pair_draws = len(margins) - pair_wins - pair_losses
    fit = fit_ratings(2, rating_points(counted, [a, b]))
    return MatchResult(
        a=a,
        b=b,
        wins=points.count(1.0),
        draws=points.count(0.5),
        losses=points.count(0.0),
        duplicates=len(ours) - len(counted) - voids,
        voids=voids,
        by_points=(by_points[0], by_points[1], by_points[2], by_points[3], by_points[4]),
        pair_wins=pair_wins,
        pair_draws=pair_draws,
        pair_losses=pair_losses,
        mean_margin=sum(margins) / (2 * len(margins)) if margins else 0.0,
        score=wilson_interval(sum(points), len(points)),
        pair_score=wilson_interval(pair_wins + pair_draws / 2, len(margins)),
        elo=fit.elo_interval(0, 1),
        records=tuple(ours),
        superiority=fit.superiority(0, 1),
    )


def rating_points(counted: Iterable[GameRecord], names: Sequence[str]) -> list[PairPoints]:
    """The pairs that the games that count make, as `rating.fit_ratings` takes them.

    Agents are numbered by their place in `names`.
    """
    index = {name: i for i, name in enumerate(names)}
    pairs = []
    for games in group_pairs(counted):
        a, b = games[0].black, games[0].white
        points = sum(record.points(a) for record in games)
        pairs.append(PairPoints(index[a], index[b], points, len(games)))
    return pairs


def game_content(record: GameRecord) -> tuple[object, ...]:
    """What two equal games (see the module's text) have in common."""
    moves = canonical_moves(record.moves, record.rules.board_size)
    return record.black, record.white, record.ending, moves


def _whole_pairs(records: Iterable[GameRecord]) -> list[list[GameRecord]]:
    """Pairs of which both games were played and neither is void; of equal pairs the first."""
    seen: set[frozenset[object]] = set()
    whole = []
    for games in group_pairs(records):
        unique = list({record.game_id: record for record in games}.values())
        if len(unique) != 2 or any(record.result is None for record in unique):
            continue
        key = frozenset(game_content(record) for record in unique)
        if key not in seen:
            seen.add(key)
            whole.append(unique)
    return whole


def _summed_margin(record: GameRecord, a: str) -> float:
    """Points in `a`'s favour before komi; the whole board if the game was not scored on it."""
    if record.black_score is None:
        return record.rules.num_points * (2 * record.points(a) - 1)
    return record.black_score if record.black == a else -record.black_score
