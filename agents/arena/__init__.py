"""Who is stronger? Games between agents, tournaments that resume, ratings with honest intervals.

Training code imports from `agents.arena.pairs`; nothing here knows any particular agent.
"""

from agents.arena.cross_check import Disagreement, cross_check
from agents.arena.game_sgf import game_sgf
from agents.arena.known import KnownResult, known_results
from agents.arena.ladder import Ladder, Meeting, Placement, place
from agents.arena.match import play_all, play_game, play_games
from agents.arena.opening_files import read_openings
from agents.arena.openings import random_openings
from agents.arena.page import standings_html
from agents.arena.pairs import MatchResult, count_match, distinct_games, play_pairs
from agents.arena.rating import (
    Interval,
    PairPoints,
    Ratings,
    expected_score,
    fit_ratings,
    wilson_interval,
)
from agents.arena.records import ENDINGS, Ending, GameRecord, GameSetup, ResignRule
from agents.arena.results import ResultsFile, TournamentError, merged_records
from agents.arena.rungs import (
    Rung,
    RungBook,
    RungMaker,
    learn_rungs,
    read_rungs,
    write_rungs,
)
from agents.arena.schedule import schedule
from agents.arena.sequential import SequentialMatch
from agents.arena.settings import Budget, TournamentSettings
from agents.arena.sprt import Sprt, SprtResult
from agents.arena.standings import (
    AgentRow,
    Standings,
    make_standings,
    standings_json,
)
from agents.arena.tables import standings_markdown
from agents.arena.tournament import TournamentWatcher, run_tournament
from agents.arena.workers import Deadlines, MakeAgent, WorkerPool

__all__ = [
    "ENDINGS",
    "Ending",
    "GameSetup",
    "GameRecord",
    "ResignRule",
    "play_game",
    "play_games",
    "play_all",
    "random_openings",
    "read_openings",
    "MatchResult",
    "play_pairs",
    "count_match",
    "distinct_games",
    "Interval",
    "PairPoints",
    "Ratings",
    "expected_score",
    "fit_ratings",
    "wilson_interval",
    "Sprt",
    "SprtResult",
    "SequentialMatch",
    "KnownResult",
    "known_results",
    "Ladder",
    "Meeting",
    "Placement",
    "place",
    "Rung",
    "RungBook",
    "RungMaker",
    "learn_rungs",
    "read_rungs",
    "write_rungs",
    "Budget",
    "TournamentSettings",
    "TournamentWatcher",
    "run_tournament",
    "schedule",
    "game_sgf",
    "TournamentError",
    "ResultsFile",
    "merged_records",
    "Deadlines",
    "MakeAgent",
    "WorkerPool",
    "AgentRow",
    "Standings",
    "make_standings",
    "standings_json",
    "standings_markdown",
    "standings_html",
    "Disagreement",
    "cross_check",
]
