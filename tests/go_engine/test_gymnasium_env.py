"""The Gymnasium environment: the library's own checks, and one learner against an opponent."""

from __future__ import annotations

import copy
import random
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import go_engine.envs
from go_engine import GameState, Rules
from go_engine.envs.gymnasium_env import RESIGN, GoEnv
from tests.go_engine.seen import any_move, seen_planes, winner
from tests.reference import ReferenceGame


def passer(state: GameState, rng: np.random.Generator) -> int:
    return state.rules.pass_move


def first_legal(state: GameState, rng: np.random.Generator) -> int:
    return int(state.legal_moves()[0])


def scripted(*moves: int) -> Any:
    """An opponent that plays `moves` in turn, game after game alike."""
    return lambda state, rng: moves[state.move_count // 2]


# ---------------------------------------------------------------- the library's checks


@pytest.mark.parametrize(
    "settings",
    [
        {"board_size": 5},
        {"board_size": 3, "ko": "situational", "allow_suicide": True, "opponent": passer},
        {"board_size": 9, "max_moves": 30, "color": "white"},
        {"board_size": 2, "komi": 1, "color": "black", "opponent": first_legal},
    ],
)
def test_library_checks(settings: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(go_engine.envs.SINGLE, **settings)
        # The checker wants the bare environment, but looks for its name.
        check_env(env.unwrapped)


def test_made_by_name_with_the_usual_guards() -> None:
    env = gymnasium.make("untold/Go-v0", board_size=5, komi=2.5, ko="simple", max_moves=9)
    bare: Any = env.unwrapped
    assert isinstance(bare, GoEnv)
    assert bare.rules == Rules(5, 2.5, "simple", max_moves=9)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    with pytest.raises(gymnasium.error.ResetNeeded):
        bare.step(0)
    made = gymnasium.make("go_engine.envs:untold/Go-v0", board_size=3)
    assert made.spec is not None
    assert made.spec.id == go_engine.envs.SINGLE


def test_usual_wrappers_and_side_by_side() -> None:
    envs = gymnasium.make_vec(
        "untold/Go-v0", num_envs=3, vectorization_mode="sync", board_size=3, max_moves=20
    )
    recorded = gymnasium.wrappers.vector.RecordEpisodeStatistics(envs)
    observations, _ = recorded.reset(seed=4)
    ends = 0
    for _ in range(60):
        masks = observations["action_mask"]
        actions = np.array([np.flatnonzero(mask)[0] if mask.any() else 9 for mask in masks])
        observations, rewards, over, cut, _ = recorded.step(actions)
        assert (np.abs(rewards) <= (over | cut)).all()
        ends += int((over | cut).sum())
    assert ends > 3
    assert observations["observation"].shape == (3, 3, 3, 17)


# ---------------------------------------------------------------- a game


@pytest.mark.parametrize("color", ["black", "white", "random"])
def test_games_against_the_reference(color: Any) -> None:
    """The learner's view, the opponent's turn, the end and the reward, move by move."""
    rng = random.Random(7)
    current: list[ReferenceGame] = []

    def opponent(state: GameState, _: np.random.Generator) -> int:
        game = current[0]
        assert state.to_play == game.to_play
        assert tuple(state.stones().ravel().tolist()) == game.position
        move = any_move(game, rng)
        game.play(move)
        return move

    sides, results = set(), set()
    for ko in ("positional", "situational"):
        env = GoEnv(board_size=3, komi=1, ko=ko, color=color, opponent=opponent)
        for seed in range(12):
            game = ReferenceGame(3, ko)
            current[:] = [game]
            observation, info = env.reset(seed=seed)
            side, over, reward = info["color"], False, 0.0
            sides.add(side)
            assert info["opponent_move"] == (-1 if side == 1 else game_move(env))
            while not over:
                assert game.to_play == side
                assert env.observation_space.contains(observation)
                assert (observation["observation"] == seen_planes(game, side)).all()
                assert (observation["action_mask"] == np.array(game.legal_mask())).all()
                move = any_move(game, rng)
                game.play(move)
                observation, reward, over, cut, info = env.step(move)
                assert over == game.is_over
                assert not cut
                assert over or reward == 0
            assert reward == winner(game, 1) * side
            assert info["result"] == "score"
            assert (observation["observation"] == seen_planes(game, side)).all()
            assert not observation["action_mask"].any()
            results.add(reward)
    assert sides == {"black": {1}, "white": {-1}, "random": {1, -1}}[color]
    assert results >= {1, -1}


def game_move(env: GoEnv) -> int:
    """The last move on the environment's board."""
    assert env._game is not None
    return env._game.state.history[-1]


@pytest.mark.parametrize(
    ("color", "komi", "reward"),
    [
        ("black", 8.5, 1),  # Black's 9 points against 8.5
        ("black", 9, 0),
        ("black", 9.5, -1),
        ("white", -8.5, 1),  # White's 9 points against Black's 8.5
        ("white", -9, 0),
        ("white", -9.5, -1),
    ],
)
def test_rewards_and_draws(color: Any, komi: float, reward: int) -> None:
    """The learner's stone in the middle of 3x3 owns the board; the opponent passes."""
    env = GoEnv(board_size=3, komi=komi, color=color, opponent=passer)
    env.reset()
    assert env.step(4)[1:3] == (0, False)
    _, got, over, cut, info = env.step(9)
    assert (got, over, cut, info["result"]) == (reward, True, False, "score")


def test_illegal_action_loses_at_once_and_plays_nothing() -> None:
    env = GoEnv(board_size=3, color="black", opponent=scripted(0))
    env.reset()
    before, *_ = env.step(4)
    after, reward, over, cut, info = env.step(0)
    assert (reward, over, cut) == (-1, True, False)
    assert info == {"color": 1, "opponent_move": -1, "result": "illegal action: occupied"}
    assert (before["observation"] == after["observation"]).all()
    assert not after["action_mask"].any()
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(5)


def test_superko_is_illegal_and_masked() -> None:
    """The 2x2 position of the PettingZoo tests, by the answers of an opponent."""
    env = GoEnv(board_size=2, color="black", opponent=scripted(1, 3, 2))
    env.reset()
    for move in (0, 2, 0):
        observation, *_ = env.step(move)
    assert observation["action_mask"].tolist() == [0, 0, 0, 0, 1]
    assert env.step(0)[4]["result"] == "illegal action: superko"


@pytest.mark.parametrize("action", [-1, 10, 1.5, None, "4", np.array([4])])
def test_what_is_no_action_raises(action: Any) -> None:
    env = GoEnv(board_size=3, color="black", opponent=passer)
    env.reset()
    with pytest.raises(ValueError, match="an action is a whole number from 0 to 9, not"):
        env.step(action)
    assert env.step(int(np.int64(4)))[2] is False  # the game goes on


def test_opponent_may_resign() -> None:
    env = GoEnv(board_size=3, color="black", komi=30, opponent=scripted(0, RESIGN))
    env.reset()
    assert not env.step(4)[2]
    _, reward, over, cut, info = env.step(8)
    assert (reward, over, cut) == (1, True, False)
    assert info["result"] == "opponent resigned"


def test_opponent_that_resigns_before_it_moved() -> None:
    env = GoEnv(board_size=3, color="white", opponent=lambda state, rng: RESIGN)
    observation, info = env.reset()
    assert not observation["action_mask"].any()
    assert info["opponent_move"] == -1
    _, reward, over, _, info = env.step(0)
    assert (reward, over, info["result"]) == (1, True, "opponent resigned")
    env.color, env.opponent = "black", passer
    assert env.reset()[0]["action_mask"].all()
    assert not env.step(0)[2]  # nothing of it is left


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (4, "the opponent played an illegal move 4: occupied"),
        (99, "illegal move 99: out of range"),
        (-2, "out of range"),
        (None, "the opponent answered None, which is no move"),
        (2.5, "which is no move"),
    ],
)
def test_opponent_that_does_not_know_the_rules(answer: Any, message: str) -> None:
    env = GoEnv(board_size=3, color="black", opponent=lambda state, rng: answer)
    env.reset()
    with pytest.raises(ValueError, match=message):
        env.step(4)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(5)
    env.opponent = passer
    env.reset()
    assert not env.step(4)[2]
    env.color, env.opponent = "white", scripted(answer if answer != 4 else -3)
    with pytest.raises(ValueError, match="the opponent"):
        env.reset()
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(5)


def test_copy_goes_on_by_itself() -> None:
    env = GoEnv(board_size=5)
    env.reset(seed=3)
    env.step(12)
    twin = copy.deepcopy(env)
    games = []
    for one in (env, twin):
        steps = [one.step(move) for move in (0, 24)]
        games.append([(step[4], step[0]["observation"].tolist()) for step in steps])
    assert games[0] == games[1]


def test_move_limit_truncates_without_reward() -> None:
    env = GoEnv(board_size=3, color="black", komi=0, max_moves=3, opponent=first_legal)
    env.reset()
    assert env.step(4)[1:4] == (0, False, False)
    observation, reward, over, cut, info = env.step(8)
    assert (reward, over, cut, info["result"]) == (0, False, True, "move limit")
    assert not observation["action_mask"].any()


def test_move_limit_of_one_leaves_white_nothing_to_do() -> None:
    env = GoEnv(board_size=3, color="white", max_moves=1, opponent=first_legal)
    observation, _ = env.reset()
    assert not observation["action_mask"].any()
    assert env.step(0)[1:4] == (0, False, True)


# ---------------------------------------------------------------- chance


def moves_of(seed: int | None, env: GoEnv) -> list[int]:
    """A game of the random opponent against the lowest legal move."""
    observation, info = env.reset(seed=seed)
    over = cut = False
    answers = [info["color"], info["opponent_move"]]
    while not over and not cut:
        move = int(np.flatnonzero(observation["action_mask"])[0])
        observation, _, over, cut, info = env.step(move)
        answers.append(info["opponent_move"])
    return answers


def test_same_seed_same_game_and_the_stream_goes_on() -> None:
    env = GoEnv(board_size=5, max_moves=60)
    first = [moves_of(3, env), moves_of(None, env)]
    again = [moves_of(3, env), moves_of(None, env)]
    assert first == again
    assert first[0] != first[1]
    assert moves_of(4, env) not in first
    colors = {moves_of(None, env)[0] for _ in range(12)}
    assert colors == {1, -1}


# ---------------------------------------------------------------- settings and pictures


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"board_size": 1}, "board_size"),
        ({"ko": "none"}, "ko must be"),
        ({"max_moves": 0}, "max_moves"),
        ({"opponent": "told"}, "opponent must be a callable"),
        ({"color": "red"}, "color must be one of black, white, random, not 'red'"),
        ({"render_mode": "video"}, "render_mode"),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GoEnv(**wrong)


def test_rendering(capsys: pytest.CaptureFixture[str]) -> None:
    env = GoEnv(board_size=5, color="black", opponent=scripted(0), render_mode="ansi")
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.render()
    env.reset()
    env.step(12)
    text = env.render()
    assert isinstance(text, str)
    assert "(O)" in text
    picture = GoEnv(board_size=5, color="black", opponent=scripted(0), render_mode="rgb_array")
    picture.reset()
    frame = picture.render()
    assert isinstance(frame, np.ndarray)
    assert frame.shape == (160, 160, 3)
    assert capsys.readouterr().out == ""
    human = GoEnv(board_size=5, color="black", opponent=scripted(0), render_mode="human")
    human.reset()
    human.step(12)
    # At the start, after the learner's move and after the opponent's.
    assert capsys.readouterr().out.count("Stones taken") == 3
