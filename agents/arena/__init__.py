"""Who is stronger? Games between agents, tournaments that resume, ratings with honest intervals.

Training code imports from `agents.arena.pairs`; nothing here knows any particular agent.
"""

from agents.arena.match import play_all, play_game, play_games
from agents.arena.openings import random_openings
from agents.arena.pairs import MatchResult, count_match, distinct_games, play_pairs
from agents.arena.rating import (
    Interval,
    PairPoints,
    Ratings,
    expected_score,
    fit_ratings,
    wilson_interval,
)
from agents.arena.records import ENDINGS, Ending, GameRecord, GameSetup
from agents.arena.results import ResultsFile, TournamentError
from agents.arena.standings import (
    AgentRow,
    Standings,
    make_standings,
    standings_json,
    standings_markdown,
)
from agents.arena.tournament import (
    TournamentSettings,
    TournamentWatcher,
    game_sgf,
    run_tournament,
    schedule,
)
from agents.arena.workers import Deadlines, MakeAgent, WorkerPool

__all__ = [
    "ENDINGS",
    "Ending",
    "GameSetup",
    "GameRecord",
    "play_game",
    "play_games",
    "play_all",
    "random_openings",
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
    "TournamentSettings",
    "TournamentWatcher",
    "run_tournament",
    "schedule",
    "game_sgf",
    "TournamentError",
    "ResultsFile",
    "Deadlines",
    "MakeAgent",
    "WorkerPool",
    "AgentRow",
    "Standings",
    "make_standings",
    "standings_json",
    "standings_markdown",
]
