"""What was learned: curves, probes, the claim, and the report that shows them.

May know what people told (the told agent, expert games): it only measures.
"""

from selfplay.insight.control import Control, control_file, read_control, write_control
from selfplay.insight.elo import Ladder, NetFacts, Rated, ladder_table, make_ladder
from selfplay.insight.expert import Agreement, ExpertGames
from selfplay.insight.heldout import HeldOutLoss, held_out_loss, read_held_out
from selfplay.insight.knowledge import Examiner, Knowledge
from selfplay.insight.ladder import LadderWatcher, measure_strength
from selfplay.insight.measure import Milestone, Numbers, Yardstick, measure_run
from selfplay.insight.probes import Probe, Solved, make_probes, solve_probes
from selfplay.insight.report import make_control, make_report
from selfplay.insight.runs import Run, Snapshot, open_run, series
from selfplay.insight.schedule import LadderSettings
from selfplay.insight.strength import Anchor, MatchSettings, StrengthPoint, play_ladder
from selfplay.insight.tactics import TACTICS
from selfplay.insight.truth import (
    ExactAgreement,
    OpeningTruth,
    PlayedValue,
    exact_agreement,
    opening_truth,
    played_value,
)

__all__ = [
    "make_report",
    "make_control",
    "Run",
    "Snapshot",
    "open_run",
    "series",
    "Probe",
    "Solved",
    "make_probes",
    "solve_probes",
    "Numbers",
    "Agreement",
    "ExpertGames",
    "Milestone",
    "Yardstick",
    "measure_run",
    "Anchor",
    "MatchSettings",
    "StrengthPoint",
    "play_ladder",
    "measure_strength",
    "LadderSettings",
    "LadderWatcher",
    "Ladder",
    "Rated",
    "NetFacts",
    "make_ladder",
    "ladder_table",
    "Knowledge",
    "Examiner",
    "TACTICS",
    "HeldOutLoss",
    "held_out_loss",
    "read_held_out",
    "OpeningTruth",
    "opening_truth",
    "ExactAgreement",
    "exact_agreement",
    "PlayedValue",
    "played_value",
    "Control",
    "control_file",
    "read_control",
    "write_control",
]
