"""The told agent beside the untold one: the same yardstick, and how many labels it has seen."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Final

from agents.base import AgentError, MovePredictor
from agents.spec import SHIPPED, make_agent
from selfplay.insight.cache import Cache
from selfplay.insight.measure import Numbers, Yardstick
from selfplay.insight.strength import spec_anchor

__all__ = ["Told", "labels_seen", "measure_told"]

_LABELS: Final = "train_positions"  # in the model card


@dataclass(frozen=True, slots=True)
class Told:
    """The told agent's side of the comparison.

    Attributes:
        numbers: what the yardstick reads; None if there is no told agent here.
        labels: expert moves it was fitted to, from its model card; None if the card is silent.
        missing: why there are no numbers; empty if there are.
    """

    numbers: Numbers | None
    labels: int | None
    missing: str = ""


def measure_told(yardstick: Yardstick, cache: Cache) -> Told:
    """Lay the yardstick to the told agent, if this copy of the program brings one."""
    try:
        agent = make_agent("told")
    except (AgentError, ModuleNotFoundError) as error:
        return Told(None, None, f"the told agent cannot be made here ({error})")
    try:
        if not isinstance(agent, MovePredictor):
            return Told(None, None, "the told agent gives no move probabilities")
        return Told(_numbers(agent, yardstick, cache), labels_seen())
    finally:
        agent.close()


def _numbers(agent: MovePredictor, yardstick: Yardstick, cache: Cache) -> Numbers:
    key = {"told": spec_anchor("told").digest, **yardstick.key}
    with contextlib.suppress(ValueError):  # written by another version of the program
        known = cache.get(key)
        if known is not None:
            return Numbers.from_json(known)
    numbers = yardstick.measure(agent)
    cache.put(key, dataclasses.asdict(numbers))
    return numbers


def labels_seen() -> int | None:
    """The labels that the shipped told weights were fitted to, as their model card says."""
    for path in sorted((SHIPPED / "told").rglob("*.json")):
        try:
            card: Any = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        count = card.get(_LABELS) if isinstance(card, dict) else None
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            return count
    return None
