"""The package as a whole: a light import, warm kernels, a cache that notices every edit."""

from __future__ import annotations

import doctest
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import go_engine
from go_engine import _jit, coords
from go_engine.warmup import warm_up

ROOT = Path(go_engine.__file__).resolve().parent.parent


def python(code: str, **environment: str) -> str:
    """Run `code` in a fresh interpreter; what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_import_brings_no_optional_library() -> None:
    heavy = ("torch", "sgfmill", "gymnasium", "pettingzoo", "matplotlib", "agents")
    found = python(f"import sys, go_engine; print([m for m in {heavy} if m in sys.modules])")
    assert found == "[]"


def test_examples_in_docstrings() -> None:
    tested = doctest.testmod(go_engine)
    assert tested.attempted >= 4
    assert tested.failed == 0
    assert doctest.testmod(coords).failed == 0


PLAY = """
import sys
import numpy as np
from go_engine import GameState, Rules
from go_engine.playout import random_playout_move
from go_engine.warmup import warm_up

def compiled():
    modules = [module for name, module in sys.modules.items() if name.startswith("go_engine.")]
    kernels = {id(v): v for module in modules for v in vars(module).values()}.values()
    return sum(len(k.signatures) for k in kernels if hasattr(k, "signatures"))

warm_up()
before = compiled()
for ko in ("positional", "situational", "simple"):
    state = GameState(Rules(5, ko=ko, allow_suicide=True))
    while not state.is_over:
        assert state.is_legal(25)
        state.play(random_playout_move(state, np.random.default_rng(state.move_count)))
        state.legal_mask()
    state.undo()
    state.winner()
    state.ownership()
    state.copy()
    GameState.from_stones(state.rules, state.stones(), -1).board.check_consistency()
print(before, compiled() - before)
"""


def test_warm_up_compiles_all_that_a_game_calls() -> None:
    before, new = map(int, python(PLAY).split())
    assert before > 15
    assert new == 0


COUNT_REFERENCES = """
import re
from go_engine import kernels, playout
from go_engine.warmup import warm_up
warm_up()
hot = (kernels.play_unchecked, kernels.legal_mask, kernels.legality, playout.random_move)
for kernel in hot:
    for code in kernel.inspect_llvm().values():
        body = re.split(r"^define ", code, flags=re.MULTILINE)[1]
        print(kernel.__name__, len(re.findall(r"call void @NRT_(?:inc|dec)ref", body)))
"""


@pytest.mark.slow
def test_hot_kernels_count_no_references(tmp_path: Path) -> None:
    """See `_jit.kernel`: doing so once made them three times slower. Compiles anew to see."""
    lines = python(COUNT_REFERENCES, XDG_CACHE_HOME=str(tmp_path)).splitlines()
    assert {line.split()[0] for line in lines} >= {"play_unchecked", "legal_mask", "random_move"}
    assert [line for line in lines if not line.endswith(" 0")] == []


def test_cache_is_ours_alone() -> None:
    folder = _jit.cache_folder()
    assert folder is not None
    assert not stat.S_IMODE(folder.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH)
    assert list(folder.rglob("*.nbi"))


def test_warm_up_twice_is_harmless() -> None:
    warm_up()
    warm_up()


def test_cache_folder_changes_with_every_kernel_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("go_engine/kernels.py", "go_engine/zobrist.py", "agents/search/tree.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("from go_engine._jit import kernel\n")
    plain = tmp_path / "agents" / "plain.py"
    plain.write_text("")
    monkeypatch.setattr(_jit, "_ROOT", tmp_path)
    hashes = [_jit._source_hash()]
    for name in ("go_engine/kernels.py", "go_engine/zobrist.py", "agents/search/tree.py"):
        with (tmp_path / name).open("a") as file:
            file.write("# edited\n")
        hashes.append(_jit._source_hash())
    (tmp_path / "go_engine" / "new.py").write_text("from go_engine._jit import kernel\n")
    hashes.append(_jit._source_hash())
    assert len(set(hashes)) == len(hashes)
    plain.write_text("# no kernel in here\n")
    assert _jit._source_hash() == hashes[-1]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX file modes")
def test_a_folder_that_others_may_write_is_no_cache(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert not _jit._private_folder(open_to_all)
    assert _jit._private_folder(tmp_path / "own")
    (tmp_path / "file").write_text("")
    assert not _jit._private_folder(tmp_path / "file" / "below")
