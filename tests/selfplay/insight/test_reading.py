"""What a report reads and keeps: the run's folder, the cache, the control."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from go_engine import Rules
from selfplay import ConfigError, RunError
from selfplay.insight import (
    Milestone,
    Numbers,
    Solved,
    Yardstick,
    make_control,
    open_run,
    read_control,
    series,
    write_control,
)
from selfplay.insight.cache import Cache

KEY = {"net": "abc", "komi": 7.0}

# ---------------------------------------------------------------- the run's folder


def test_a_run_is_read_whole(trained: Path) -> None:
    run = open_run(trained, 99)
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert list(run.metrics) == lines
    assert [s.path.name for s in run.snapshots] == sorted(p.name for p in trained.glob("nets/*"))
    assert run.snapshots[0].positions == 0
    assert run.final.positions == run.last("positions") == lines[-1]["positions"]
    assert run.warnings == ()


def test_few_snapshots_are_spread_evenly_with_both_ends(trained: Path) -> None:
    every = open_run(trained, 99).snapshots
    assert len(every) >= 4
    few = open_run(trained, 3).snapshots
    assert few == (every[0], few[1], every[-1])
    assert open_run(trained, 3).spread(2) == (every[0], every[-1])


def test_damaged_lines_of_metrics_are_left_out_with_a_warning(run: Path) -> None:
    file = run / "metrics.jsonl"
    good = file.read_text().splitlines()
    bad = [good[0], good[1][:40], '"text"', '{"iteration": true, "positions": 3}', "\0", *good[2:]]
    file.write_text("\n".join([*bad, '{"iteration": 99, "positi']))
    read = open_run(run, 3)
    assert [line["iteration"] for line in read.metrics] == [
        json.loads(line)["iteration"] for line in [good[0], *good[2:]]
    ]
    assert len(read.warnings) == 1
    assert "metrics.jsonl: lines 2, 3, 4, 5" in read.warnings[0]


def test_iterations_repeated_after_a_kill_count_once(run: Path) -> None:
    file = run / "metrics.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    again = [{**line, "games": 1000 + line["games"]} for line in lines[1:]]
    file.write_text("\n".join(json.dumps(line) for line in [*lines, *again]))
    assert list(open_run(run, 3).metrics) == [lines[0], *again]


def test_a_run_without_metrics_or_with_a_spoilt_net_can_be_read(run: Path) -> None:
    (run / "metrics.jsonl").unlink()
    nets = sorted((run / "nets").iterdir())
    nets[1].write_bytes(nets[1].read_bytes()[:200])
    read = open_run(run, 99)
    assert [s.path for s in read.snapshots] == [nets[0], *nets[2:]]
    assert len(read.warnings) == 2
    assert nets[1].name in read.warnings[1]


def test_series_leave_out_what_is_no_number() -> None:
    lines: list[dict[str, Any]] = [
        {"positions": 1, "losses": {"policy": 0.5}},
        {"positions": 2},
        {"positions": 3, "losses": None},
        {"positions": 4, "losses": {"policy": float("nan")}},
        {"positions": 5, "losses": {"policy": 2}},
    ]
    assert series(lines, "losses.policy") == ([1.0, 5.0], [0.5, 2.0])


@pytest.mark.parametrize("damage", ["no folder", "no config", "no nets", "no JSON"])
def test_what_is_no_run_is_refused_in_one_line(run: Path, damage: str) -> None:
    if damage == "no folder":
        run = run / "elsewhere"
    elif damage == "no config":
        (run / "config.json").unlink()
    elif damage == "no nets":
        for path in (run / "nets").iterdir():
            path.unlink()
    else:
        (run / "config.json").write_bytes(b"\xff{")
    with pytest.raises((RunError, ConfigError)) as error:
        open_run(run, 3)
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------- the cache


def test_what_was_put_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "c.jsonl")
    assert cache.get(KEY) is None
    cache.put(KEY, {"a": [1, 0.1 + 0.2]})
    cache.put({**KEY, "komi": 8.0}, 2)
    cache.put({**KEY, "komi": 8.0}, 3)
    cache.close()
    again = Cache(tmp_path / "c.jsonl")
    assert again.get(dict(reversed(KEY.items()))) == {"a": [1, 0.1 + 0.2]}
    assert again.get({**KEY, "komi": 8.0}) == 3
    assert again.notes == []
    again.close()


def test_every_torn_end_is_cut_off_and_written_after(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    cache = Cache(path)
    cache.put({"n": 1}, "one")
    kept = path.stat().st_size
    cache.put({"n": 2}, "two")
    cache.close()
    whole = path.read_bytes()
    for length in range(kept, len(whole)):
        path.write_bytes(whole[:length])
        cache = Cache(path)
        assert (cache.get({"n": 1}), cache.get({"n": 2})) == ("one", None)
        assert bool(cache.notes) == (length > kept)
        cache.put({"n": 2}, "again")
        cache.close()
        cache = Cache(path)
        assert (cache.get({"n": 1}), cache.get({"n": 2})) == ("one", "again")
        cache.close()


def test_every_flipped_bit_loses_its_entry_only(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    cache = Cache(path)
    cache.put({"n": 1}, 0.25)
    cache.put({"n": 2}, "two")
    cache.close()
    whole = path.read_bytes()
    first = whole.index(b"\n")
    for place in range(first):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        cache = Cache(path)
        assert cache.get({"n": 1}) in (None, 0.25)  # the checksum's own case and blanks may differ
        assert cache.get({"n": 2}) == "two"
        cache.close()


# ---------------------------------------------------------------- milestones and the control

MILESTONE = Milestone(
    positions=100,
    seconds=1.5,
    numbers=Numbers(
        (0.1,) * 12 + (0.7,) + (0.1,) * 13,
        {"capture": Solved(4, 2.5, 0.4, 0.1), "escape": Solved(0, 0.0, 0.0, 0.0)},
    ),
    empty_value=0.5,
    empty_score=3.25,
)


def test_a_milestone_comes_back_from_json_as_it_was() -> None:
    assert Milestone.from_json(json.loads(json.dumps(MILESTONE.to_json()))) == MILESTONE
    assert MILESTONE.numbers.centre_prior == 0.7


def test_the_centre_of_an_even_board_is_its_four_middle_points() -> None:
    moves = [0.0] * 17
    moves[5], moves[6], moves[9], moves[10], moves[15] = 0.1, 0.2, 0.3, 0.05, 0.35
    assert Numbers(tuple(moves), {}).centre_prior == pytest.approx(0.65)


@pytest.mark.parametrize(
    "spoil",
    [
        {"positions": "many"},
        {"empty_value": float("nan")},
        {"unknown": 1},
        {"numbers": None},
        {"numbers": {"first_moves": [], "tactics": {}, "expert": None}},
    ],
)
def test_a_spoilt_milestone_is_refused(spoil: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not a|number|finite"):
        Milestone.from_json({**MILESTONE.to_json(), **spoil})


def test_only_a_run_on_shuffled_results_makes_a_control(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="shuffled"):
        make_control(run, tmp_path / "control.json")
    assert not (run / "insight").exists()


def test_a_control_comes_back_from_its_file(trained: Path, tmp_path: Path) -> None:
    run = open_run(trained, 2)
    learn = dataclasses.replace(run.config.learn, shuffled_results=True)
    shuffled = dataclasses.replace(run, config=dataclasses.replace(run.config, learn=learn))
    yardstick = Yardstick(Rules(5, komi=14.0), (3.0, 25.0), 4)
    path = tmp_path / "control.json"
    assert read_control(path) is None
    write_control(path, shuffled, yardstick, [MILESTONE])
    control = read_control(path)
    assert control is not None
    assert control.milestones == (MILESTONE,)
    assert control.settings["learn"]["shuffled_results"] is True
    assert yardstick.same_questions(control.yardstick)
    assert not Yardstick(Rules(5, komi=7.0), (3.0, 25.0), 4).same_questions(control.yardstick)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "untold-control-1"}', "\xff"])
def test_a_damaged_control_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "control.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"control\.json"):
        read_control(path)
