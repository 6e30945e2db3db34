"""The one formula of the told search: how good a move looks while the search goes on."""

from __future__ import annotations

from go_engine._jit import inlined_kernel

__all__ = ["move_score", "rave_share"]


@inlined_kernel
def rave_share(visits: float, rave_visits: float, equivalence: float) -> float:
    """The weight of the all-moves-as-first estimate, 0 to 1 (Gelly & Silver 2011).

    Its bias b makes `equivalence = 1 / (4 b^2)` the number of visits at which a move's own mean is
    worth as much as any number of rave visits.
    """
    together = rave_visits + visits + rave_visits * visits / equivalence
    return rave_visits / together if rave_visits > 0.0 else 0.0


@inlined_kernel
def move_score(
    visits: float,
    wins: float,
    rave_visits: float,
    rave_wins: float,
    prior_visits: float,
    prior_wins: float,
    probability: float,
    parent_root: float,
    equivalence: float,
    exploration: float,
) -> float:
    """What a move promises, wins counted for the side that makes it.

    The prior counts as `prior_visits` games of which `prior_wins` were won (Gelly & Silver 2007);
    it is also what a move not visited yet is taken to be worth. RAVE's estimate is mixed in by its
    `rave_share`. The last term draws visits to what the move model likes (PUCT, Rosin 2011):
    `exploration * probability * sqrt(visits of the parent) / (1 + visits)`, with `parent_root` the
    square root.
    """
    tried = visits + prior_visits
    own = (wins + prior_wins) / tried
    share = rave_share(tried, rave_visits, equivalence)
    rave = rave_wins / rave_visits if rave_visits > 0.0 else 0.0
    drawn_to = exploration * probability * parent_root / (1.0 + visits)
    return (1.0 - share) * own + share * rave + drawn_to
