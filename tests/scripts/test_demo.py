"""The main job with every number tiny: it ends, goes on after a stop, and says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import demo_main


def _demo(out: Path, *more: str) -> int:
    return demo_main.main(["--preset", "smoke", "--pairs", "1", "--out", str(out), *more])


def test_runs_to_the_end_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    assert _demo(run) == 0
    said = capsys.readouterr().out
    assert "the network" in said
    assert "proved" in said
    assert "C3" in said, "the proved first move"
    assert "against told" in said
    assert "against random" in said
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<html" in page
    assert page.rstrip().endswith("</html>")
    metrics = (run / "metrics.jsonl").read_bytes()
    games = (run / "matches" / "results.jsonl").read_bytes()

    assert _demo(run) == 0, "a finished demo shows its result again"
    assert (run / "metrics.jsonl").read_bytes() == metrics, "nothing was trained twice"
    assert (run / "matches" / "results.jsonl").read_bytes() == games, "nothing was played twice"


def test_a_bad_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert _demo(blocked / "run") == 2
    said = capsys.readouterr().err
    assert said.startswith("demo: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("wrong", [["--pairs", "0"], ["--seed", "-1"], ["--nonsense"]])
def test_wrong_options(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        demo_main.main(wrong)
    assert stop.value.code == 2
    assert capsys.readouterr().err
