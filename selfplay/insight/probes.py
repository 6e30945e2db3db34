"""Tactics probes: positions from random games, labelled by the rules alone, to measure a player by.

Two kinds, each a fact anyone can check on the board, not an opinion about a move:

- **capture**: some legal move takes three stones or more off the board at once. The answers are
  all such moves. (That taking them is *best* is no fact, and not claimed: the measure says how
  often a player plays the capture.)
- **escape**: a chain of three stones or more of the player to move stands in atari, and the
  opponent, if it were to move now, could lawfully take it. The answers are the legal moves after
  which the chain is still there and has three liberties or more, so that no single move puts it in
  atari again; a position without an answer is no probe.

One position is looked at in each of many uniformly random games (that fill no own one-point eye),
at a ply drawn uniformly. It must leave MIN_CHOICES legal moves, so that luck alone does not get
far. Komi is set to Black's area as the board stands, so that the game hangs in the balance and the
stones in question matter (in a game that is won anyway a player may well ignore them); it must lie
in the range a network has met in training. No two probes of a kind are equal up to the board's
symmetries. Nothing here is ever learned from: the probes only measure, and a net that trains never
sees them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from agents.base import MovePredictor
from go_engine import GameState, Rules, symmetry_moves
from go_engine.playout import random_move
from go_engine.rng import Stream

__all__ = [
    "MIN_CHOICES",
    "MIN_STONES",
    "PROBE_KINDS",
    "SAFE_LIBERTIES",
    "Probe",
    "ProbeKinds",
    "Solved",
    "capture_answers",
    "escape_answers",
    "make_probes",
    "solve_probes",
]

MIN_STONES: Final = 3
"""Stones that a capture must take, and that a chain worth an escape must have."""

SAFE_LIBERTIES: Final = 3
"""Liberties after an escape: one more than a chain that the next move can put in atari."""

MIN_CHOICES: Final = 8
"""Legal moves, the pass included, that a probe's position must have."""

_TRIES, _TRIES_PER_PROBE = 20_000, 1_000  # random games looked at before giving up


@dataclass(frozen=True, slots=True)
class Probe:
    """One position and the moves that answer it.

    Attributes:
        kind: a key of the kinds it was made for.
        rules: the rules it is played under, with its own komi.
        moves: the game that leads to it from the empty board.
        answers: the moves that do what the kind asks for, ascending; never empty.
        num_legal: legal moves in the position, the pass included.
    """

    kind: str
    rules: Rules
    moves: tuple[int, ...]
    answers: tuple[int, ...]
    num_legal: int

    def state(self) -> GameState:
        """The position, with the game that led to it."""
        return GameState.from_moves(self.rules, self.moves)


@dataclass(frozen=True, slots=True)
class Solved:
    """How a player did on the probes of one kind.

    Attributes:
        probes: how many there were.
        solved: how often the player's likeliest move was an answer; of moves that tie for it, the
            share that are.
        probability: mean probability that it gave to the answers together.
        chance: what a player that gives every legal move the same probability would get.
    """

    probes: int
    solved: float
    probability: float
    chance: float

    @property
    def share(self) -> float:
        """`solved / probes`; 0 without probes."""
        return self.solved / self.probes if self.probes else 0.0


def capture_answers(state: GameState) -> list[int]:
    """The legal moves that take MIN_STONES of the opponent's stones or more; ascending."""
    mover = 1 if state.to_play == 1 else 0  # index of the opponent's colour in `captures`
    before = state.captures[mover]
    answers = []
    for move in _points(state):
        after = state.copy()
        after.play_unchecked(move)
        if after.captures[mover] - before >= MIN_STONES:
            answers.append(move)
    return answers


def escape_answers(state: GameState) -> list[int]:
    """The legal moves that free a chain in atari, as the module's text says; ascending.

    Where several such chains stand in atari, a move that frees any of them counts.
    """
    chains = _threatened_chains(state)
    if not chains:
        return []
    answers = []
    for move in _points(state):
        after = state.copy()
        after.play_unchecked(move)
        stones = after.stones().ravel()
        if any(
            stones[chain[0]] == state.to_play
            and len(after.board.liberties(chain[0])) >= SAFE_LIBERTIES
            for chain in chains
        ):
            answers.append(move)
    return answers


ProbeKinds = Mapping[str, Callable[[GameState], list[int]]]
"""Name to the function that finds a position's answers; an empty list: the position is no probe."""

PROBE_KINDS: Final[ProbeKinds] = MappingProxyType(
    {"capture": capture_answers, "escape": escape_answers}
)
"""The kinds that every report asks about."""


def make_probes(
    rules: Rules,
    komi_range: tuple[float, float],
    count: int,
    seed: int,
    kinds: ProbeKinds = PROBE_KINDS,
) -> list[Probe]:
    """Up to `count` probes of each of `kinds`; equal arguments give equal probes.

    `rules.komi` is not used; every probe has its own in `komi_range`, both ends included. Fewer are
    returned where the board has so few of them that tens of thousands of random games held no
    more (boards under 4x4 have none).
    """
    low, high = komi_range
    rng = np.random.default_rng([seed, rules.board_size])
    stream = rng.integers(2**64, size=1, dtype=np.uint64)
    found: dict[str, list[Probe]] = {kind: [] for kind in kinds}
    seen: set[tuple[str, bytes]] = set()
    for _ in range(_TRIES + _TRIES_PER_PROBE * count):
        wanted = [kind for kind, probes in found.items() if len(probes) < count]
        if not wanted:
            break
        state = _random_position(rules, int(rng.integers(1, 1 + rules.num_points)), stream)
        if state is None or not low <= (komi := state.black_score()) <= high:
            continue
        num_legal = int(state.legal_mask().sum())
        if num_legal < MIN_CHOICES:
            continue
        for kind in wanted:
            answers = kinds[kind](state)
            key = (kind, _canonical(state))
            if answers and key not in seen:
                seen.add(key)
                even = dataclasses.replace(rules, komi=float(komi))
                found[kind].append(Probe(kind, even, state.history, tuple(answers), num_legal))
    return [probe for probes in found.values() for probe in probes]


def solve_probes(
    predictor: MovePredictor, probes: Sequence[Probe], kinds: ProbeKinds = PROBE_KINDS
) -> dict[str, Solved]:
    """How `predictor` does on each of `kinds`, those without a probe included."""
    results: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in kinds}
    for probe in probes:
        probabilities = predictor.move_probabilities(probe.state())
        answers = list(probe.answers)
        likeliest = np.flatnonzero(probabilities == probabilities.max())
        results[probe.kind].append(
            (
                float(np.isin(likeliest, answers).mean()),
                float(probabilities[answers].sum()),
                len(answers) / probe.num_legal,
            )
        )
    return {
        kind: Solved(
            probes=len(rows),
            solved=round(sum(solved for solved, _, _ in rows), 6),
            probability=float(np.mean([p for _, p, _ in rows])) if rows else 0.0,
            chance=float(np.mean([c for _, _, c in rows])) if rows else 0.0,
        )
        for kind, rows in results.items()
    }


def _points(state: GameState) -> list[int]:
    """The legal moves without the pass."""
    return [int(move) for move in state.legal_moves() if move != state.rules.pass_move]


def _threatened_chains(state: GameState) -> list[list[int]]:
    """Chains of the player to move that have MIN_STONES, one liberty, and can be taken there.

    A position just after a pass has none by definition: passing would end the game, so nobody
    could show the threat.
    """
    if state.passes:
        return []
    stones, board = state.stones().ravel(), state.board
    other = state.copy()
    other.play_unchecked(state.rules.pass_move)
    chains, known = [], set()
    for point in np.flatnonzero(stones == state.to_play):
        if int(point) in known:
            continue
        chain = board.chain(int(point))
        known.update(chain)
        liberties = board.liberties(int(point)) if len(chain) >= MIN_STONES else []
        if len(liberties) == 1 and other.is_legal(liberties[0]):
            chains.append(chain)
    return chains


def _random_position(rules: Rules, plies: int, stream: Stream) -> GameState | None:
    """A random game after `plies` moves; None if it ended before."""
    state = GameState(rules)
    for _ in range(plies):
        state.play_unchecked(random_move(*state.kernel_arrays(), stream))
        if state.is_over:
            return None
    return state


def _canonical(state: GameState) -> bytes:
    """The stones as the player to move sees them, in whichever orientation comes first."""
    grid = np.append(state.stones().ravel() * state.to_play, 0).astype(np.int8)
    images: list[bytes] = [grid[i].tobytes() for i in symmetry_moves(state.rules.board_size)]
    return min(images)
