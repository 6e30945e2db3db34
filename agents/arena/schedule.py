"""Which games a tournament is made of: a pure function of its settings and, in a swiss, of the
results so far. What game `g` of pair `p` of pairing `q` is does not depend on who plays it when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from agents.arena.ladder import Ladder, choose_opponents, place
from agents.arena.opening_judge import agent_judge
from agents.arena.openings import random_openings
from agents.arena.pairs import distinct_games, opening_rng, pair_name, pair_setups
from agents.arena.records import GameRecord, GameSetup
from agents.arena.settings import TournamentSettings

__all__ = ["draw_openings", "pair_off", "schedule"]

_TRIES: Final = 20_000  # steps of the search for pairings before a rematch is allowed

Opening = tuple[int, ...]


def draw_openings(settings: TournamentSettings) -> list[Opening]:
    """One opening for each pair of games that two agents may meet for.

    Raises:
        ValueError: if the board has not so many different openings.
        AgentError: if their judge cannot be made or has no opinion.
    """
    count = settings.num_pairs * max(1, settings.rounds)
    if settings.openings:
        return [settings.openings[i % len(settings.openings)] for i in range(count)]
    return random_openings(
        settings.rules,
        count,
        settings.opening_plies,
        opening_rng(settings.seed),
        settings.max_lead,
        agent_judge(settings.judge) if settings.judge else None,
    )


def schedule(
    settings: TournamentSettings,
    records: Iterable[GameRecord] = (),
    openings: Sequence[Opening] | None = None,
) -> list[GameSetup]:
    """The games in the order they are begun: first pair of every pairing, then the second...

    All pairings share their openings, pair by pair. A swiss is known up to the first round that
    `records` do not complete; a ladder up to the pairs that were begun, and if those are complete,
    the next few.

    Args:
        settings: the tournament.
        records: games played so far; only a swiss and a ladder depend on them.
        openings: what `draw_openings` gave; None draws them.

    Raises:
        ValueError: if the board has not so many different openings.
    """
    openings = draw_openings(settings) if openings is None else openings
    everybody = list(combinations(range(len(settings.agents)), 2))
    if settings.system == "round robin":
        return _games(settings, everybody, 0, openings)
    if settings.system == "gauntlet":
        return _games(settings, everybody[: len(settings.agents) - 1], 0, openings)
    if settings.ladder is not None:
        return _ladder(settings, settings.ladder, list(records), openings)
    return _swiss(settings, records, openings)


def _games(
    settings: TournamentSettings,
    pairings: Sequence[tuple[int, int]],
    first_pair: int,
    openings: Sequence[Opening],
) -> list[GameSetup]:
    """`num_pairs` pairs for each pairing, from opening number `first_pair` on."""
    setups: list[GameSetup] = []
    for pair in range(first_pair, first_pair + settings.num_pairs):
        for pairing in pairings:
            setups += _two_games(settings, pairing, pair, openings[pair])
    return setups


def _two_games(
    settings: TournamentSettings, pairing: tuple[int, int], pair: int, opening: Opening
) -> tuple[GameSetup, GameSetup]:
    """Pair number `pair` of a pairing. Pairings are numbered as in a round robin."""
    everybody = combinations(range(len(settings.agents)), 2)
    number = next(i for i, each in enumerate(everybody) if each == pairing)
    a, b = (settings.agents[i] for i in pairing)
    budgets = settings.budget(a), settings.budget(b)
    return pair_setups(
        (a, b),
        settings.rules,
        opening,
        settings.seed,
        number,
        pair,
        (budgets[0].limits, budgets[1].limits),
        settings.max_moves,
        (budgets[0].clock, budgets[1].clock),
        settings.resign,
    )


def _ladder(
    settings: TournamentSettings,
    ladder: Ladder,
    records: Sequence[GameRecord],
    openings: Sequence[Opening],
) -> list[GameSetup]:
    """Pairs are numbered in the order they are begun, whoever is met."""
    agent, *rungs = settings.agents
    begun = {record.pair_id for record in records}
    setups: list[GameSetup] = []
    free = []  # numbers of pairs
    for pair, opening in enumerate(openings):
        # The first agent's pairings are the first ones of a round robin.
        met = [i for i in range(len(rungs)) if pair_name(i, pair) in begun]
        for i in met:
            setups += _two_games(settings, (0, i + 1), pair, opening)
        free += [] if met else [pair]
    if {setup.game_id for setup in setups} <= {record.game_id for record in records}:
        placement = place(agent, rungs, records, ladder)
        for rung, pair in zip(choose_opponents(placement, ladder, len(free)), free, strict=False):
            setups += _two_games(settings, (0, rungs.index(rung) + 1), pair, openings[pair])
    return setups


def _swiss(
    settings: TournamentSettings, records: Iterable[GameRecord], openings: Sequence[Opening]
) -> list[GameSetup]:
    by_id = {record.game_id: record for record in records}
    setups: list[GameSetup] = []
    met: Counter[tuple[int, int]] = Counter()
    byes: Counter[int] = Counter()
    for number in range(settings.rounds):
        points = _points(settings, [by_id[setup.game_id] for setup in setups], byes)
        order = sorted(range(len(points)), key=lambda i: (-points[i], i))
        if len(order) % 2:
            bye = min(reversed(order), key=lambda i: byes[i])
            byes[bye] += 1
            order.remove(bye)
        pairings = pair_off(order, met)
        met.update(pairings)
        games = _games(settings, pairings, number * settings.num_pairs, openings)
        setups += games
        if any(setup.game_id not in by_id for setup in games):
            break
    return setups


def _points(
    settings: TournamentSettings, records: Sequence[GameRecord], byes: Counter[int]
) -> list[float]:
    """Points for pairing, in the order of the agents; a bye counts as a round won."""
    points = {name: 2.0 * settings.num_pairs * byes[i] for i, name in enumerate(settings.agents)}
    for record in distinct_games(records):
        for name in (record.black, record.white):
            points[name] += record.points(name)
    return list(points.values())


def pair_off(order: Sequence[int], met: Counter[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pair the best with the nearest below that it has not met, and so on down.

    Where that leaves somebody without an opponent, choices are taken back; where there is no way
    at all (or it takes too long to find), as few earlier meetings as possible are allowed.

    Args:
        order: an even number of agents, best first.
        met: how often two have met, the lower number first.
    """
    allowed = 0
    while True:
        found = _pair(list(order), met, allowed, [_TRIES])
        if found is not None:
            return found
        allowed += 1


def _pair(
    order: list[int], met: Counter[tuple[int, int]], allowed: int, tries: list[int]
) -> list[tuple[int, int]] | None:
    if not order:
        return []
    first, *others = order
    for other in others:
        tries[0] -= 1
        if tries[0] < 0:
            return None
        pairing = min(first, other), max(first, other)
        if met[pairing] > allowed:
            continue
        rest = _pair([i for i in others if i != other], met, allowed, tries)
        if rest is not None:
            return [pairing, *rest]
    return None
