"""The stress runs in little, and that they would notice."""

from __future__ import annotations

import numpy as np
import pytest

from go_engine import GameState
from go_engine.board import Board
from tests.go_engine import stress


def many_games(count: int) -> int:
    return sum(stress.play_garbage(seed) for seed in range(count))


@pytest.mark.parametrize("size", [2, 4, 6])
def test_positions_agree_with_the_reference(size: int) -> None:
    assert sum(stress.compare_with_reference(size, 300, seed=11)) >= 300


def test_garbage_changes_nothing() -> None:
    assert many_games(60) > 600


def test_an_undo_that_forgets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = GameState.undo

    def forgetful(self: GameState) -> int:
        move = real(self)
        self._row[-1] += 1
        return move

    monkeypatch.setattr(GameState, "undo", forgetful)
    with pytest.raises(stress.MismatchError, match="undo does not lead back"):
        many_games(5)


def test_a_mask_that_lacks_a_move_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = GameState.legal_mask

    def blind(self: GameState) -> np.ndarray:
        mask = real(self)
        mask[0] = False
        return mask

    monkeypatch.setattr(GameState, "legal_mask", blind)
    with pytest.raises(stress.MismatchError, match="is played but not in the legal moves"):
        many_games(20)


def test_a_board_out_of_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Board) -> None:
        raise AssertionError("board out of step with its stones: hash")

    monkeypatch.setattr(Board, "check_consistency", broken)
    with pytest.raises(stress.MismatchError, match="out of step"):
        stress.play_garbage(0)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert stress.main(["consistency", "--games", "3"]) == 0
    assert "3 games" in capsys.readouterr().out
    assert stress.main(["reference", "--positions", "50"]) == 0
    assert "agree with the reference" in capsys.readouterr().out
