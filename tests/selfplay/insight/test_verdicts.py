"""Which games against GNU Go count: its own verdict beside the count of the board."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.arena import GameRecord
from agents.gtp import EngineProtocolError, gnugo_margin
from agents.gtp.gnugo import _read_score
from go_engine import BLACK, Rules
from selfplay.insight.verdicts import Verdicts


def gnugo_game(**change: object) -> GameRecord:
    made = GameRecord(
        "g", "p", "gnugo:level=10", "net:x", Rules(5, komi=0.5), 0, (12, 25, 25), BLACK, 9, "passes"
    )
    return dataclasses.replace(made, **change)  # type: ignore[arg-type]


class Judge:
    """Says what it is told to, and counts how often it is asked."""

    def __init__(self, *answers: float | Exception) -> None:
        self.answers, self.asked = iter(answers), 0

    def __call__(self, _rules: Rules, _moves: Sequence[int]) -> float:
        self.asked += 1
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("game", "margin", "objection"),
    [
        (gnugo_game(), 3.5, ""),
        (gnugo_game(), -3.5, "counted B+8.5, GNU Go says W+3.5"),
        (gnugo_game(), 0.0, "counted B+8.5, GNU Go says 0"),
        (gnugo_game(ending="resign", black_score=None), None, ""),
        (gnugo_game(ending="crash", black_score=None, detail="it died"), None, "crash: it died"),
        (gnugo_game(black="told"), None, ""),
    ],
)
def test_games_against_gnugo_count_where_both_judges_agree(
    tmp_path: Path, game: GameRecord, margin: float | None, objection: str
) -> None:
    judge = Judge() if margin is None else Judge(margin)
    verdicts = Verdicts(tmp_path / "verdicts", judge)
    verdicts.judge(game)
    verdicts.judge(game)
    assert judge.asked == (margin is not None), "once, and only where there is something to judge"
    said = verdicts.objection(game)
    assert said.endswith(objection) if objection else said == ""
    verdicts.close()
    kept = Verdicts(tmp_path / "verdicts", Judge())
    kept.judge(game)
    assert kept.objection(game) == said
    kept.close()


def test_without_a_verdict_a_game_does_not_count_and_is_judged_another_time(tmp_path: Path) -> None:
    judge = Judge(EngineProtocolError("no score"), 2.0)
    verdicts = Verdicts(tmp_path / "verdicts", judge)
    verdicts.judge(gnugo_game())
    assert verdicts.objection(gnugo_game()) == "no score"
    verdicts.close()
    later = Verdicts(tmp_path / "verdicts", judge)
    later.judge(gnugo_game())
    assert later.objection(gnugo_game()) == ""
    later.close()


def test_gnugo_cleans_up_before_it_counts(gnugo: str) -> None:
    # A lone White stone at A1 among Black's on 5x5, both pass: the count as it stands sees White's
    # stone and neutral points; GNU Go takes it first, and Black owns the board.
    moves = [12, 20, 6, 25, 8, 25, 16, 25, 18, 25, 25]
    assert gnugo_margin(Rules(5, komi=0.5), moves, 1, gnugo) == 24.5
    assert gnugo_margin(Rules(5, komi=30.0), moves, 1, gnugo) == -5.0


@pytest.mark.parametrize(
    ("text", "margin"), [("B+3.5", 3.5), ("W+2.0", -2.0), ("W+12", -12.0), ("0", 0.0)]
)
def test_scores_are_read(text: str, margin: float) -> None:
    assert _read_score(text) == margin


@pytest.mark.parametrize("text", ["", "B+", "B+R", "W+Time", "3.5", "Black wins"])
def test_what_is_no_score_is_refused(text: str) -> None:
    with pytest.raises(EngineProtocolError, match="no score"):
        _read_score(text)
