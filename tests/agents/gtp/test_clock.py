"""What GTP's clock commands leave for one move."""

from __future__ import annotations

import pytest

from agents.gtp.clock import Clock


@pytest.mark.parametrize(
    ("settings", "left", "expected"),
    [
        (None, None, None),
        ((0, 0, 0), None, None),
        ((0, 1, 0), None, None),  # GTP's way to say: no limit
        ((300, 0, 0), None, 9.0),  # a thirtieth of five minutes, less a tenth
        ((300, 20, 1), None, 18.0),  # the extra time comes anyway
        ((0, 20, 4), None, 4.5),
        ((300, 20, 4), (3, 0), 4.5),
        ((300, 20, 4), (8, 2), 3.6),
        ((300, 0, 0), (0, 0), 0.05),  # something must be played
        (None, (60, 0), 1.8),
    ],
)
def test_seconds_for_a_move(
    settings: tuple[float, float, int] | None,
    left: tuple[float, int] | None,
    expected: float | None,
) -> None:
    clock = Clock()
    if settings:
        clock.set(*settings)
    if left:
        clock.set_left(1, *left)
    assert clock.seconds_for_move(1) == (expected and pytest.approx(expected))


def test_a_new_game_forgets_what_was_left_but_not_the_settings() -> None:
    clock = Clock()
    clock.set(300, 0, 0)
    clock.set_left(1, 3, 0)
    assert clock.seconds_for_move(1) == pytest.approx(0.09)
    assert clock.seconds_for_move(-1) == pytest.approx(9.0)
    clock.forget()
    assert clock.seconds_for_move(1) == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (None, 0.9 * (300 / 30 + 10)),
        (60, 0.9 * (60 / 30 + 10)),
        (8, 0.9 * 8),  # what is not there yet cannot be spent
        (0, 0.05),
    ],
)
def test_fischer_spends_what_every_move_adds(left: float | None, expected: float) -> None:
    clock = Clock()
    clock.set_fischer(300, 10)
    if left is not None:
        clock.set_left(1, left, 0)
    assert clock.seconds_for_move(1) == pytest.approx(expected)
    clock.set(300, 0, 0)  # the increment goes with its settings
    clock.set_left(1, 60, 0)
    assert clock.seconds_for_move(1) == pytest.approx(1.8)
