"""Tactics: positions whose right answers follow from `go_engine.concepts`, to measure a player by.

Five kinds. Each is exact by a written definition; none says that the answer is the best move:

- **capture** and **escape**: as in `insight.probes`.
- **ladder**: the mover can take a chain of MIN_LADDER stones or more in a ladder (the definition is
  at the top of `go_engine.concepts.ladders`); such chains that could be taken at once are not
  asked about. The answers are the moves after which the chain cannot get away any more.
- **snapback**: moves that give stones to take back more (`go_engine.concepts.is_snapback`).
- **life**: moves that make MIN_STONES stones or more of the mover's, on the board already, alive
  unconditionally (Benson 1976) which were not so before.

A net (geta) is not asked about: `go_engine.concepts` does not define one.

Positions come from random games, as in `insight.probes`, and carry the komi that makes the board as
it stands a draw. Nothing here is ever learned from.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from go_engine import GameState
from go_engine.concepts import (
    is_caught_in_ladder,
    is_snapback,
    num_liberties,
    unconditionally_alive,
)
from selfplay.insight.probes import MIN_STONES, ProbeKinds, capture_answers, escape_answers

__all__ = ["MIN_LADDER", "TACTICS", "ladder_answers", "life_answers", "snapback_answers"]

MIN_LADDER: Final = 2
"""Stones of a chain that is worth a ladder."""


def ladder_answers(state: GameState) -> list[int]:
    """The legal moves that catch a chain in a ladder, as the module's text says; ascending."""
    answers: set[int] = set()
    for chain in state.board.chains(-state.to_play):
        point = chain[0]
        if len(chain) < MIN_LADDER or num_liberties(state, point) != 2:
            continue
        if not is_caught_in_ladder(state, point, state.to_play):
            continue
        # With its owner to move only a chain in atari is caught: the answer is on a liberty.
        for move in filter(state.is_legal, state.board.liberties(point)):
            after = state.copy()
            after.play_unchecked(move)
            if is_caught_in_ladder(after, point, after.to_play):
                answers.add(move)
    return sorted(answers)


def snapback_answers(state: GameState) -> list[int]:
    """The legal moves that are snapbacks; ascending."""
    return [move for move in _points(state) if is_snapback(state, move)]


def life_answers(state: GameState) -> list[int]:
    """The legal moves that give MIN_STONES of the mover's stones unconditional life; ascending."""
    mover, stones = state.to_play, state.stones().ravel()
    if int((stones == mover).sum()) < MIN_STONES:
        return []
    before = set(unconditionally_alive(state, mover))
    answers = []
    for move in _points(state):
        after = state.copy()
        after.play_unchecked(move)
        gained = set(unconditionally_alive(after, mover)) - before - {move}
        if len(gained) >= MIN_STONES:
            answers.append(move)
    return answers


TACTICS: Final[ProbeKinds] = MappingProxyType(
    {
        "capture": capture_answers,
        "escape": escape_answers,
        "ladder": ladder_answers,
        "snapback": snapback_answers,
        "life": life_answers,
    }
)
"""The kinds asked about while a run is measured."""


def _points(state: GameState) -> list[int]:
    """The legal moves without the pass."""
    return [int(move) for move in state.legal_moves() if move != state.rules.pass_move]
