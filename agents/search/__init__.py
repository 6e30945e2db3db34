"""Searching with the untold network: many games at once, or one position."""

from agents.search.agent import ZeroAgent, average_evaluation, find_weights
from agents.search.config import SearchConfig
from agents.search.gumbel import considered_visits, improved_policy, mixed_value, q_scale
from agents.search.single import SearchResult, search_position
from agents.search.tree import (
    NO_NODE,
    Games,
    Tree,
    TreeSettings,
    clear_tree,
    expand_and_backup,
    find_leaf,
    make_games,
    make_tree,
    root_summary,
    tree_settings,
)

__all__ = [
    "SearchConfig",
    "NO_NODE",
    "Games",
    "Tree",
    "TreeSettings",
    "tree_settings",
    "make_games",
    "make_tree",
    "clear_tree",
    "find_leaf",
    "expand_and_backup",
    "root_summary",
    "considered_visits",
    "q_scale",
    "mixed_value",
    "improved_policy",
    "SearchResult",
    "search_position",
    "ZeroAgent",
    "average_evaluation",
    "find_weights",
]
