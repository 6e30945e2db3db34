"""The player that was told: features people designed, weights learned from moves experts played."""

from agents.told.agent import ToldAgent
from agents.told.families import FAMILIES, Family
from agents.told.model import MoveModel
from agents.told.searching import SearchingToldAgent

__all__ = ["ToldAgent", "SearchingToldAgent", "MoveModel", "FAMILIES", "Family"]
