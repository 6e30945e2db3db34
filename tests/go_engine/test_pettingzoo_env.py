"""The PettingZoo environment: its own conformance tests, and what an observation shows."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pettingzoo.test import api_test, parallel_api_test, render_test, seed_test
from pettingzoo.test.state_test import test_state as check_state
from pettingzoo.test.state_test import test_state_space as check_state_space
from pettingzoo.utils import turn_based_aec_to_parallel

from go_engine import Rules, parse
from go_engine.envs import pettingzoo_env
from go_engine.envs.picture import draw_board
from tests.go_engine.seen import any_move, seen_planes, winner
from tests.reference import ReferenceGame

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


def test_render_modes(capsys: pytest.CaptureFixture[str]) -> None:
    render_test(lambda **mode: pettingzoo_env.env(board_size=5, **mode))
    assert "Black to play." in capsys.readouterr().out  # the human's


def test_state_of_the_whole_game() -> None:
    env = pettingzoo_env.env(board_size=5)
    check_state_space(env)
    check_state(env, num_cycles=30)


@pytest.mark.parametrize("settings", SETTINGS)
def test_both_agents_at_once(settings: dict[str, Any]) -> None:
    parallel_api_test(turn_based_aec_to_parallel(pettingzoo_env.env(**settings)), num_cycles=60)


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
    while env.game.state.move_count < 60 and not env.game.state.is_over:
        agent = env.agent_selection
        mask = env.observe(agent)["action_mask"]
        assert mask.dtype == np.int8
        assert (mask == env.game.state.legal_mask()).all()
        other = "white_0" if agent == "black_0" else "black_0"
        assert not env.observe(other)["action_mask"].any()
        env.step(rng.choice(np.flatnonzero(mask).tolist()))


@pytest.mark.parametrize("ko", ["positional", "situational", "simple"])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_all_that_is_seen_against_the_reference(size: int, ko: Any) -> None:
    """Both agents, at every turn: planes, mask, turn, end and rewards."""
    rng = random.Random(size)
    superko = 0
    for _ in range(8 if size < 5 else 2):
        env, game = started(board_size=size, ko=ko, komi=1), ReferenceGame(size, ko)
        for _ in range(60):
            for agent, color in (("black_0", 1), ("white_0", -1)):
                seen = env.observe(agent)
                assert (seen["observation"] == seen_planes(game, color)).all()
                mine = color == game.to_play
                assert (seen["action_mask"] == (np.array(game.legal_mask()) & mine)).all()
                assert env.observation_space(agent).contains(seen)
            assert env.agent_selection == ("black_0" if game.to_play == 1 else "white_0")
            if game.is_over:
                break
            superko += sum(game.reason(move) == "superko" for move in range(size * size))
            move = any_move(game, rng)
            env.step(move)
            game.play(move)
        assert all(env.terminations.values()) == game.is_over
        if game.is_over:
            assert env.rewards == {"black_0": winner(game, 1), "white_0": -winner(game, 1)}
    if ko == "simple" or size < 5:
        assert (superko > 0) == (ko != "simple")


def test_superko_is_masked_where_simple_ko_is_not_enough() -> None:
    """On 2x2: White takes two stones, sends one back in and has three; taking them all would
    leave Black's stone alone in the corner, as it was after the first move."""
    masks = {}
    for ko in ("positional", "simple"):
        env = started(board_size=2, ko=ko)
        for move in (0, 1, 2, 3, 0, 2):
            env.step(move)
        assert env.game.state.stones().tolist() == [[0, -1], [-1, -1]]
        masks[ko] = env.observe("black_0")["action_mask"].tolist()
    assert masks == {"positional": [0, 0, 0, 0, 1], "simple": [1, 0, 0, 0, 1]}


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


def test_sizes_side_by_side_play_as_if_alone() -> None:
    games = {3: [4, 0, 8, 2], 9: [40, 80, 8, 0], 19: [360, 180, 0, 72]}
    alone: dict[int, list[bytes]] = {}
    for size, moves in games.items():
        env = started(board_size=size)
        alone[size] = [shown_after(env, move) for move in moves]
    envs = {size: started(board_size=size) for size in games}
    together: dict[int, list[bytes]] = {size: [] for size in games}
    for turn in range(4):
        for size, env in envs.items():
            together[size].append(shown_after(env, games[size][turn]))
    assert together == alone


def shown_after(env: Any, move: int) -> bytes:
    """All that both agents see after a move, as bytes."""
    env.step(move)
    seen = [env.observe(agent) for agent in env.possible_agents]
    return b"".join(array.tobytes() for one in seen for array in one.values())


def test_a_game_given_up_half_way_leaves_nothing_behind() -> None:
    """The library remembers whose turn it was when an agent has died."""
    env = pettingzoo_env.env(board_size=3)
    env.reset()
    env.step(4)
    env.step(4)  # illegal: the game is over, both agents are dead
    env.step(None)
    env.reset()
    for move in (9, 9):
        env.step(move)
    turns = []
    for agent in env.agent_iter():
        turns.append(agent)
        env.step(None)
    assert sorted(turns) == ["black_0", "white_0"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"board_size": 1}, "board_size"),
        ({"ko": "none"}, "ko"),
        ({"max_moves": 0}, "max_moves"),
        ({"render_mode": "video"}, 'render_mode must be "human", "ansi", "rgb_array" or None'),
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
    assert env.game.state.rules == Rules(7, 2.5, "simple", True)


def test_human_mode_writes_the_board_after_every_move(capsys: pytest.CaptureFixture[str]) -> None:
    env = pettingzoo_env.env(board_size=5, render_mode="human")
    env.reset()
    assert "No move yet." in capsys.readouterr().out
    env.step(12)
    assert "(X)" in capsys.readouterr().out
    assert env.render() is None
    assert "(X)" in capsys.readouterr().out
