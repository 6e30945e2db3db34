"""The PettingZoo environment: its own conformance tests, and what an observation shows."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pettingzoo.test import api_test, seed_test

from go_engine import IllegalMoveError, Rules, parse
from go_engine.envs import pettingzoo_env
from go_engine.envs.picture import draw_board

SETTINGS: list[dict[str, Any]] = [
    {"board_size": 5},
    {"board_size": 3, "ko": "situational", "allow_suicide": True},
    {"board_size": 9, "max_moves": 30},
    {"board_size": 2, "komi": 1},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_api(settings: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        # It warns, at every step, that a dict is not an array.
        warnings.simplefilter("ignore", UserWarning)
        api_test(pettingzoo_env.env(**settings), num_cycles=300)
    assert "Passed API test" in capsys.readouterr().out


@pytest.mark.parametrize("settings", SETTINGS)
def test_seed(settings: dict[str, Any]) -> None:
    seed_test(lambda: pettingzoo_env.env(**settings), num_cycles=50)


def started(**settings: Any) -> Any:
    env = pettingzoo_env.raw_env(**settings)
    env.reset()
    return env


def planes(env: Any, agent: str) -> NDArray[np.bool_]:
    observation: NDArray[np.bool_] = env.observe(agent)["observation"]
    return observation


# ---------------------------------------------------------------- observations


def test_observation_of_a_hand_made_position() -> None:
    env = started(board_size=3)
    for move in (4, 0, 8):  # Black B2, White A3, Black C1
        env.step(move)
    assert env.agent_selection == "white_0"
    black, white = planes(env, "black_0"), planes(env, "white_0")
    assert black.shape == white.shape == (3, 3, 17)
    own = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1]], bool)
    opponent = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]], bool)
    # Each sees itself first, whoever is to move.
    assert (black[:, :, 0] == own).all()
    assert (black[:, :, 1] == opponent).all()
    assert (white[:, :, 0] == opponent).all()
    assert (white[:, :, 1] == own).all()
    assert black[:, :, 16].all()
    assert not white[:, :, 16].any()


def test_earlier_positions_follow_newest_first() -> None:
    env = started(board_size=3)
    for move in (4, 0, 9):  # the last is a pass
        env.step(move)
    seen = planes(env, "black_0")
    stones = [seen[:, :, 2 * t].sum() + seen[:, :, 2 * t + 1].sum() for t in range(8)]
    assert stones == [2, 2, 1, 0, 0, 0, 0, 0]
    assert seen[1, 1, 4]
    assert not seen[0, 0, 5]


def test_captures_leave_the_planes() -> None:
    env = started(board_size=3)
    for move in (0, 1, 8, 3):  # White takes A3
        env.step(move)
    assert planes(env, "black_0")[:, :, 0].tolist() == [
        [False] * 3,
        [False] * 3,
        [False, False, True],
    ]
    assert planes(env, "black_0")[0, 0, 2]


def test_mask_is_the_engine_s_and_only_for_the_player_to_move() -> None:
    env = started(board_size=4, ko="situational")
    rng = random.Random(1)
    while env.state.move_count < 60 and not env.state.is_over:
        agent = env.agent_selection
        mask = env.observe(agent)["action_mask"]
        assert mask.dtype == np.int8
        assert (mask == env.state.legal_mask()).all()
        other = "white_0" if agent == "black_0" else "black_0"
        assert not env.observe(other)["action_mask"].any()
        env.step(rng.choice(np.flatnonzero(mask).tolist()))


def test_superko_is_masked() -> None:
    """What environments with simple ko only get wrong: here, found by playing at random."""
    rng = random.Random(2)
    found = False
    for _ in range(200):
        env = started(board_size=3)
        while not env.state.is_over:
            mask = env.observe(env.agent_selection)["action_mask"]
            for move in np.flatnonzero(mask == 0).tolist():
                with pytest.raises(IllegalMoveError) as caught:
                    env.step(move)
                found = found or caught.value.reason == "superko"
            env.step(rng.choice(np.flatnonzero(mask).tolist()))
    assert found


def test_observations_are_the_caller_s_own() -> None:
    env = started(board_size=3)
    planes(env, "black_0")[:] = True
    env.observe("black_0")["action_mask"][:] = 0
    assert not planes(env, "white_0")[:, :, :16].any()
    assert env.observe("black_0")["action_mask"].all()


# ---------------------------------------------------------------- the end


@pytest.mark.parametrize(("komi", "rewards"), [(8.5, (1, -1)), (9, (0, 0)), (9.5, (-1, 1))])
def test_rewards_and_draws(komi: float, rewards: tuple[float, float]) -> None:
    env = started(board_size=3, komi=komi)
    for move in (4, 9, 9):  # one black stone owns the board
        assert env.rewards == {"black_0": 0, "white_0": 0}
        assert not any(env.terminations.values())
        env.step(move)
    assert (env.rewards["black_0"], env.rewards["white_0"]) == rewards
    assert all(env.terminations.values())
    assert not any(env.truncations.values())
    assert not env.observe(env.agent_selection)["action_mask"].any()


def test_rewards_reach_both_agents_once() -> None:
    env = pettingzoo_env.env(board_size=3, komi=8.5)
    env.reset()
    totals = {"black_0": 0.0, "white_0": 0.0}
    moves = iter((4, 9, 9))
    for agent in env.agent_iter():
        _, reward, terminated, truncated, _ = env.last()
        totals[agent] += reward
        env.step(None if terminated or truncated else next(moves))
    assert totals == {"black_0": 1, "white_0": -1}


def test_move_limit_truncates_without_reward() -> None:
    env = started(board_size=3, max_moves=2, komi=0)
    env.step(4)
    assert not any(env.truncations.values())
    env.step(0)
    assert all(env.truncations.values())
    assert not any(env.terminations.values())
    assert not any(env.rewards.values())
    assert not env.observe("black_0")["action_mask"].any()


def test_two_passes_at_the_move_limit_are_an_end_not_a_cut() -> None:
    env = started(board_size=3, max_moves=2, komi=0.5)
    env.step(9)
    env.step(9)
    assert all(env.terminations.values())
    assert not any(env.truncations.values())
    assert env.rewards == {"black_0": -1, "white_0": 1}


def test_illegal_move_loses_in_the_guarded_environment() -> None:
    env = pettingzoo_env.env(board_size=3)
    env.reset()
    env.step(4)
    env.step(4)
    assert env.rewards == {"black_0": 0, "white_0": -1}
    assert all(env.terminations.values())


def test_reset_starts_anew() -> None:
    env = started(board_size=3)
    first = planes(env, "black_0")
    for move in (4, 9, 9):
        env.step(move)
    env.reset(seed=1)
    assert (planes(env, "black_0") == first).all()
    assert env.agents == ["black_0", "white_0"]
    assert env.agent_selection == "black_0"


def test_two_sizes_side_by_side() -> None:
    small, large = started(board_size=3), started(board_size=9)
    small.step(4)
    large.step(40)
    small.step(0)
    large.step(80)
    assert planes(small, "black_0").shape == (3, 3, 17)
    assert planes(large, "black_0")[8, 8, 1]
    assert large.observe("black_0")["action_mask"].sum() == 80


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"board_size": 1}, "board_size"),
        ({"ko": "none"}, "ko"),
        ({"max_moves": 0}, "max_moves"),
        ({"render_mode": "human"}, "render_mode"),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pettingzoo_env.raw_env(**wrong)


# ---------------------------------------------------------------- pictures


def test_rendering_as_text() -> None:
    env = started(board_size=5, render_mode="ansi")
    env.step(12)
    assert "3 . .(X). . 3" in env.render()


def test_rendering_as_a_picture() -> None:
    env = started(board_size=5, render_mode="rgb_array")
    env.step(0)
    env.step(24)
    image = env.render()
    assert image.dtype == np.uint8
    assert image.shape == (160, 160, 3)
    assert image[16, 16].max() < 40  # a black stone top left
    assert image[144, 144].min() > 200  # a white one bottom right
    assert image[144, 144 - 6].max() < 40  # with a dark ring: it was the last move


def test_pictures_show_every_stone() -> None:
    stones = parse("X.O\n.X.\nOO.")
    image = draw_board(stones, cell=16)
    for r in range(3):
        for c in range(3):
            light = int(image[r * 16 + 10, c * 16 + 10].sum())
            assert (light < 120, light > 660) == (stones[r, c] == 1, stones[r, c] == -1)


def test_rules_reach_the_game() -> None:
    env = started(board_size=7, komi=2.5, ko="simple", allow_suicide=True)
    assert env.state.rules == Rules(7, 2.5, "simple", True)
