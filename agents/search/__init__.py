"""Searching with the untold network: many games at once, or one position."""

from agents.search.agent import KeepingZeroAgent, ZeroAgent, average_evaluation, find_weights
from agents.search.config import SearchConfig
from agents.search.gumbel import considered_visits, improved_policy, mixed_value, q_scale
from agents.search.komi import evaluate_roots, set_even_komi
from agents.search.reuse import KeptTree, keep_answer, resume_search
from agents.search.select import root_summary
from agents.search.simulate import (
    clear_tree,
    expand_and_backup,
    find_leaf,
    find_leaves,
    take_answers,
)
from agents.search.single import SearchResult, search_position, search_positions
from agents.search.tree import (
    NO_NODE,
    Games,
    Tree,
    TreeSettings,
    make_games,
    make_tree,
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
    "find_leaves",
    "expand_and_backup",
    "take_answers",
    "root_summary",
    "considered_visits",
    "q_scale",
    "mixed_value",
    "improved_policy",
    "evaluate_roots",
    "set_even_komi",
    "SearchResult",
    "search_position",
    "search_positions",
    "KeptTree",
    "keep_answer",
    "resume_search",
    "ZeroAgent",
    "KeepingZeroAgent",
    "average_evaluation",
    "find_weights",
]
