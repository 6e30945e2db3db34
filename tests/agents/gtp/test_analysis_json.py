"""KataGo's JSON analysis protocol: queries as programs write them, and what comes back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.base import AgentError
from agents.gtp.json_analysis import JsonAnalysis, serve_json
from agents.random import RandomAgent
from tests.agents.gtp.talking import FixedAnalyst

ROOT = Path(__file__).resolve().parents[3]

# What KaTrain sends: sanderland/katrain katrain/core/engine.py.
KATRAIN: dict[str, Any] = {
    "id": "QUERY:1",
    "rules": "japanese",
    "priority": 3,
    "analyzeTurns": [2],
    "maxVisits": 8,
    "komi": 6.5,
    "boardXSize": 3,
    "boardYSize": 3,
    "includeOwnership": True,
    "includeMovesOwnership": True,
    "includePolicy": True,
    "initialStones": [],
    "initialPlayer": "B",
    "moves": [["B", "B2"], ["W", "B3"]],
    "overrideSettings": {
        "reportAnalysisWinratesAs": "BLACK",
        "maxTime": 8.0,
        "wideRootNoise": 0.04,
    },
}
PLAIN: dict[str, Any] = {
    "id": "a",
    "rules": "tromp-taylor",
    "boardXSize": 3,
    "boardYSize": 3,
    "moves": [],
}


def engine() -> JsonAnalysis:
    return JsonAnalysis(lambda: FixedAnalyst(RandomAgent()), visits=6, version="1.2", name="fixed")


def ask(*queries: object) -> list[dict[str, Any]]:
    """Answers to lines that are there all at once."""
    lines = [q if isinstance(q, bytes) else json.dumps(q).encode() for q in queries]
    out = io.BytesIO()
    serve_json(engine(), io.BytesIO(b"\n".join(lines)), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_katrains_query() -> None:
    *warnings, answer = ask(KATRAIN)
    assert warnings == [
        {
            "warning": "Not supported, ignored: wideRootNoise",
            "field": "overrideSettings",
            "id": "QUERY:1",
        },
        {
            "warning": "The search counts by area; territory rules are not searched",
            "field": "rules",
            "id": "QUERY:1",
        },
    ]
    hashes = {name: answer["rootInfo"].pop(name) for name in ("thisHash", "symHash")}
    assert all(len(text) == 32 for text in hashes.values())
    assert answer == {
        "id": "QUERY:1",
        "turnNumber": 2,
        "isDuringSearch": False,
        "rootInfo": {
            "visits": 8,
            "winrate": 0.75,
            "scoreLead": 2.5,
            "scoreMean": 2.5,
            "scoreSelfplay": 2.5,
            "utility": 0.4,
            "currentPlayer": "B",
        },
        "moveInfos": [
            {
                "move": "A3",
                "visits": 7,
                "winrate": 0.75,
                "scoreLead": 2.5,
                "scoreMean": 2.5,
                "scoreSelfplay": 2.5,
                "utility": 0.4,
                "lcb": 0.625,
                "utilityLcb": 0.15,
                "prior": 0.5,
                "order": 0,
                "pv": ["A3", "pass"],
                "ownership": [-0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            }
        ],
        "policy": [0.125, -1.0, 0.125, 0.125, -1.0, 0.125, 0.125, 0.125, 0.125, 0.125],
        "ownership": [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    }


def test_values_are_seen_from_the_side_asked_for() -> None:
    query = {**PLAIN, "moves": [["B", "B2"]], "includeOwnership": True, "includePVVisits": True}
    for perspective, rate in (("BLACK", 0.25), ("WHITE", 0.75), ("SIDETOMOVE", 0.75)):
        settings = {"reportAnalysisWinratesAs": perspective}
        answer = ask({**query, "overrideSettings": settings})[0]
        sign = 1 if rate > 0.5 else -1
        assert answer["rootInfo"]["winrate"] == rate
        assert answer["rootInfo"]["scoreLead"] == 2.5 * sign
        assert answer["ownership"][0] == 0.5 * sign
        first = answer["moveInfos"][0]
        assert (first["winrate"], first["lcb"]) == (rate, rate - 0.125 * sign)
        assert first["pvVisits"] == [9, 4]
    assert ask(query)[0]["rootInfo"]["winrate"] == 0.25  # Black's, if nothing is said


def test_turns_come_by_priority() -> None:
    moves = [["B", "A1"], ["W", "A2"]]
    query = {**PLAIN, "moves": moves, "analyzeTurns": [0, 1, 2], "priorities": [1, 3, 2]}
    answers = ask(query, {**PLAIN, "id": "urgent", "priority": 9})
    assert [(a["id"], a["turnNumber"]) for a in answers] == [
        ("urgent", 0), ("a", 1), ("a", 2), ("a", 0),
    ]  # fmt: skip
    assert [a["rootInfo"]["currentPlayer"] for a in answers] == ["B", "W", "B", "B"]
    assert {a["rootInfo"]["visits"] for a in answers} == {6}


def test_mirror_images_share_a_hash() -> None:
    def hashes(vertex: str) -> tuple[str, str]:
        root = ask({**PLAIN, "moves": [["B", vertex]]})[0]["rootInfo"]
        return root["thisHash"], root["symHash"]

    corners = [hashes(vertex) for vertex in ("A1", "C1", "A3", "C3")]
    assert len({this for this, _ in corners}) == 4
    assert len({symmetric for _, symmetric in corners}) == 1
    assert hashes("B1")[1] != corners[0][1]


def test_handicap_and_restrictions() -> None:
    stones = [["B", "A1"], ["B", "C3"]]
    avoid = [{"player": "W", "moves": ["A3", "B3"], "untilDepth": 1}]
    answer = ask({**PLAIN, "initialStones": stones, "avoidMoves": avoid})[0]
    assert answer["rootInfo"]["currentPlayer"] == "W"
    assert answer["moveInfos"][0]["move"] == "A2"
    allow = [{"player": "W", "moves": ["C1"], "untilDepth": 1}]
    assert ask({**PLAIN, "initialStones": stones, "allowMoves": allow})[0]["moveInfos"][0][
        "move"
    ] == "C1"  # fmt: skip


def test_actions() -> None:
    answers = ask(
        {"id": "v", "action": "query_version", "more": [1]},
        {"id": "m", "action": "query_models"},
        {"id": "c", "action": "clear_cache"},
        {"id": "x", "action": "fly"},
        {"id": "y", "action": "terminate"},
    )
    assert answers == [
        {"id": "v", "action": "query_version", "more": [1], "version": "1.2",
            "git_hash": "<omitted>"},
        {"id": "m", "action": "query_models",
            "models": [{"name": "fixed", "internalName": "fixed"}]},
        {"id": "c", "action": "clear_cache"},
        {"error": "Unknown action", "field": "action", "id": "x"},
        {"error": "Requests for terminate must have a string terminateId",
            "field": "terminateId", "id": "y"},
    ]  # fmt: skip


def test_terminate() -> None:
    jobs = engine()
    moves = [["B", "A1"], ["W", "A2"]]
    query = {**PLAIN, "moves": moves, "analyzeTurns": [0, 1, 2], "maxVisits": 10**6}
    assert list(jobs.take(json.dumps({**query, "reportDuringSearchEvery": 0.001}).encode())) == []
    stop = {"id": "s", "action": "terminate", "terminateId": "a", "turnNumbers": [1]}
    assert list(jobs.take(json.dumps(stop).encode())) == [
        stop,
        {"id": "a", "isDuringSearch": False, "noResults": True, "turnNumber": 1},
    ]
    assert [a["turnNumber"] for a in jobs.work()] == [0]  # the analyst is complete at ten visits
    assert [a["turnNumber"] for a in jobs.work()] == [2]
    assert not jobs.is_busy


def test_a_running_search_reports_and_can_be_ended() -> None:
    class Slow(FixedAnalyst):
        def analyse(self, state: Any, allowed: Any = None) -> Any:
            analysis: Any = super().analyse(state, allowed)
            full = analysis.advance
            analysis.advance = lambda visits, seconds=0.0: full(min(visits, analysis.visits + 2))
            return analysis

    jobs = JsonAnalysis(lambda: Slow(RandomAgent()), visits=9, version="")
    list(jobs.take(json.dumps({**PLAIN, "reportDuringSearchEvery": 0.001}).encode()))
    reports = [a for _ in range(40) if jobs.is_busy for a in jobs.work()]
    assert [r["isDuringSearch"] for r in reports][-1:] == [False]
    assert reports[-1]["rootInfo"]["visits"] == 9
    list(jobs.take(json.dumps(PLAIN).encode()))
    assert list(jobs.work()) == []
    list(jobs.take(b'{"id":"s","action":"terminate_all"}'))
    (last,) = jobs.work()
    assert last["isDuringSearch"] is False
    assert last["rootInfo"]["visits"] == 2
    assert not jobs.is_busy


def test_an_analyst_that_fails_answers_with_an_error() -> None:
    def broken() -> FixedAnalyst:
        raise AgentError("no\nweights")

    out = io.BytesIO()
    jobs = JsonAnalysis(broken, visits=1, version="")
    serve_json(jobs, io.BytesIO(json.dumps(PLAIN).encode()), out)
    assert json.loads(out.getvalue()) == {"error": "no weights", "id": "a"}


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"boardXSize": 20}, "boardXSize"),
        ({"boardXSize": True}, "boardXSize"),
        ({"boardYSize": 5}, "boardYSize"),
        ({"rules": "fancy"}, "rules"),
        ({"rules": {"tax": "ALL"}}, "rules"),
        ({"rules": 7}, "rules"),
        ({"komi": 1e9}, "komi"),
        ({"komi": "7"}, "komi"),
        ({"moves": None}, "moves"),
        ({"moves": [["B"]]}, "moves"),
        ({"moves": [["B", "K9"]]}, "moves"),
        ({"moves": [["B", "A1"], ["W", "A1"]]}, "moves"),
        ({"initialStones": [["B", "pass"]]}, "initialStones"),
        ({"initialStones": [["B", f"{c}{r}"] for c in "ABC" for r in (1, 2, 3)]},
            "initialStones"),
        ({"initialPlayer": "green"}, "initialPlayer"),
        ({"analyzeTurns": [1]}, "analyzeTurns"),
        ({"analyzeTurns": [-1]}, "analyzeTurns"),
        ({"analyzeTurns": []}, "analyzeTurns"),
        ({"maxVisits": 0}, "maxVisits"),
        ({"includePolicy": "yes"}, "includePolicy"),
        ({"avoidMoves": [{"player": "B"}]}, "avoidMoves"),
        ({"priorities": [1, 2]}, "priorities"),
        ({"reportDuringSearchEvery": 0}, "reportDuringSearchEvery"),
        ({"overrideSettings": []}, "overrideSettings"),
        ({"overrideSettings": {"maxTime": "long"}}, "overrideSettings"),
    ],
)  # fmt: skip
def test_mistakes_are_named(change: dict[str, Any], field: str) -> None:
    (answer,) = ask({**PLAIN, **change})
    assert answer.keys() == {"error", "field", "id"}
    assert (answer["field"], answer["id"]) == (field, "a")


def test_lines_that_are_no_queries() -> None:
    lines = [b"secret", b"[1]", b"{}", b'{"id":7}', b"", b"[" * 100_000, b'{"id":NaN}']
    unread = {"error": "Could not parse input line as json request"}
    nameless = {"error": 'Request must have a string "id" field'}
    not_an_object = {"error": "Request must be a json object"}
    assert ask(*lines) == [unread, not_an_object, nameless, nameless, unread, unread]
    assert ask(b"x" * (1 << 21), {"id": "v", "action": "clear_cache"})[1]["id"] == "v"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(changes=st.dictionaries(st.sampled_from([*KATRAIN, "avoidMoves", "action"]), JSON))
def test_garbage_in_any_field_is_answered(changes: dict[str, Any]) -> None:
    answers = ask({**KATRAIN, **changes})
    assert answers
    assert all({"error", "warning", "id"} & answer.keys() for answer in answers)


# ---------------------------------------------------------------- the real command


@pytest.mark.timeout(400)  # the first time kernels are compiled
def test_command_answers_and_ends_with_its_input() -> None:
    query = {**PLAIN, "boardXSize": 5, "boardYSize": 5, "includeMovesOwnership": True}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli.main", "analyze-json", "--visits", "12"],
        cwd=ROOT,
        input=json.dumps(query) + "\n" + '{"id":"v","action":"query_version"}\n',
        capture_output=True,
        text=True,
        timeout=390,
        check=True,
    )
    assert done.stderr == ""
    version, answer = map(json.loads, done.stdout.splitlines())
    assert version["id"] == "v"
    assert answer["rootInfo"]["visits"] == 12
    assert sum(info["visits"] for info in answer["moveInfos"]) == 11
    assert answer["moveInfos"][0]["move"] == "C3"  # the only good opening on 5x5
    assert len(answer["moveInfos"][0]["ownership"]) == 25
