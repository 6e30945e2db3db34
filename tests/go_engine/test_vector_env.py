"""The vector environment: every game in it against the slow reference, and Gymnasium's ways."""

from __future__ import annotations

import random
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

import go_engine.envs
from go_engine import GameState, Rules
from go_engine.envs.vector_env import GoVectorEnv
from tests.go_engine.seen import any_move, seen_planes, winner
from tests.reference import ReferenceGame


def started(num_envs: int = 2, **settings: Any) -> GoVectorEnv:
    env = GoVectorEnv(num_envs, **settings)
    env.reset(seed=1)
    return env


# ---------------------------------------------------------------- against the reference


class Expected:
    """One game of the environment, played on the reference."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.restart()

    def restart(self) -> None:
        settings = self.settings
        self.game = ReferenceGame(
            settings["board_size"], settings["ko"], settings.get("allow_suicide", False)
        )
        self.moves = 0
        self.ended = False

    def step(self, move: int) -> tuple[float, bool, bool, bool]:
        """(reward, terminated, truncated, illegal), from the prose of `vector_env`."""
        if self.ended:
            self.restart()
            return 0, False, False, False
        mover = self.game.to_play
        if self.game.reason(move) is not None:
            self.ended = True
            return -1, True, False, True
        self.game.play(move)
        self.moves += 1
        over = self.game.is_over
        cut = not over and self.moves >= self.settings.get("max_moves", 10**9)
        self.ended = over or cut
        reward = winner(self.game, self.settings["komi"]) * mover if over else 0
        return reward, over, cut, False

    def mask(self) -> NDArray[np.bool_]:
        return np.array(self.game.legal_mask()) & (not self.ended)


@pytest.mark.parametrize(
    "settings",
    [
        {"board_size": 2, "ko": "positional", "komi": 1},
        {"board_size": 3, "ko": "positional", "komi": 0.5},
        {"board_size": 3, "ko": "situational", "komi": 0, "allow_suicide": True},
        {"board_size": 3, "ko": "simple", "komi": 0, "max_moves": 15},
        {"board_size": 5, "ko": "positional", "komi": 3, "max_moves": 50},
    ],
)
def test_every_game_against_the_reference(settings: dict[str, Any]) -> None:
    """All that a step gives; one move in 30 is any number, legal or not."""
    rng = random.Random(11)
    env = started(6, **settings)
    expected = [Expected(settings) for _ in range(6)]
    points = settings["board_size"] ** 2
    observations, infos = env.reset()
    ends = {"over": 0, "cut": 0, "illegal": 0, "draw": 0, "superko": 0}
    for _ in range(120):
        for g, one in enumerate(expected):
            assert (observations["action_mask"][g] == one.mask()).all()
            planes = seen_planes(one.game, one.game.to_play)
            assert (observations["observation"][g] == planes).all()
            assert infos["to_play"][g] == one.game.to_play
            ends["superko"] += sum(one.game.reason(m) == "superko" for m in range(points))
        moves = [
            rng.randrange(points + 1)
            if rng.random() < 1 / 30 or one.ended
            # Where passes are as rare as elsewhere, games on tiny boards hardly end.
            else points
            if rng.random() < 0.15
            else any_move(one.game, rng)
            for one in expected
        ]
        steps = [one.step(move) for one, move in zip(expected, moves, strict=True)]
        observations, rewards, over, cut, infos = env.step(moves)
        got = zip(rewards, over, cut, infos["illegal_action"], strict=True)
        assert [tuple(step) for step in got] == steps
        ends["over"] += sum(step[1] and not step[3] for step in steps)
        ends["cut"] += sum(step[2] for step in steps)
        ends["illegal"] += sum(step[3] for step in steps)
        ends["draw"] += sum(step[1] and step[0] == 0 for step in steps)
    assert ends["over"] > 3
    assert ends["illegal"] > 3
    assert (ends["cut"] > 0) == ("max_moves" in settings)
    assert ends["draw"] > 0 or settings["komi"] == 0.5 or settings["board_size"] == 5
    assert ends["superko"] > 0 or settings["ko"] == "simple" or settings["board_size"] == 5


def test_long_games_keep_their_history() -> None:
    """Longer than what histories have room for at first: superko still sees the beginning."""
    env, rng = started(3, board_size=5), random.Random(2)
    games = [GameState(Rules(5)) for _ in range(3)]
    room = env._histories.shape[1]
    for _ in range(room + 60):
        moves = []
        for game in games:
            legal = game.legal_moves().tolist()
            moves.append(rng.choice(legal[:-1] or legal))
            game.play(moves[-1])
        observations, _, over, _, _ = env.step(moves)
        assert not over.any()
        for game, mask in zip(games, observations["action_mask"], strict=True):
            assert (game.legal_mask() == mask).all()
    assert env._histories.shape[1] > room


# ---------------------------------------------------------------- Gymnasium's ways


def test_made_by_name() -> None:
    envs = gymnasium.make_vec(go_engine.envs.VECTOR, num_envs=3, board_size=5, komi=2.5)
    bare: Any = envs.unwrapped
    assert isinstance(bare, GoVectorEnv)
    assert bare.num_envs == 3
    assert bare.rules == Rules(5, 2.5)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP


@pytest.mark.parametrize("observe_planes", [True, False])
def test_spaces(observe_planes: bool) -> None:
    env = started(4, board_size=3, observe_planes=observe_planes)
    observations, _ = env.reset()
    for _ in range(30):
        assert env.observation_space.contains(observations)
        observations, rewards, over, cut, _ = env.step(env.action_space.sample())
        assert rewards.shape == over.shape == cut.shape == (4,)
        assert rewards.dtype == np.float64
        assert over.dtype == cut.dtype == np.bool_
    assert set(observations) == {"action_mask"} | ({"observation"} if observe_planes else set())
    single: Any = env.single_observation_space
    actions: Any = env.action_space
    assert single["action_mask"].shape == (10,)
    assert actions.nvec.tolist() == [10] * 4


def test_usual_wrappers() -> None:
    env = GoVectorEnv(4, board_size=3, max_moves=12)
    listed = gymnasium.wrappers.vector.DictInfoToList(
        gymnasium.wrappers.vector.RecordEpisodeStatistics(env)
    )
    listed.reset(seed=2)
    lengths = []
    for _ in range(60):
        infos = listed.step(env.random_actions())[4]
        lengths += [info["episode"]["l"] for info in infos if "episode" in info]
    assert lengths
    assert max(lengths) <= 12
    assert set(infos[0]) >= {"to_play", "illegal_action"}


def test_planes_lie_one_after_the_other() -> None:
    env = started(3, board_size=4)
    env.step([5, 6, 7])
    for copy in (True, False):
        env.copy = copy
        planes = env.step([0, 0, 0])[0]["observation"]
        assert planes.shape == (3, 4, 4, 17)
        assert np.moveaxis(planes, -1, 1).flags.c_contiguous


def test_what_a_step_gives_is_the_caller_s_own_or_not_as_asked() -> None:
    for copy in (True, False):
        env = started(2, board_size=3, copy=copy)
        first = env.step([4, 9])
        kept = [first[0]["observation"], first[0]["action_mask"], *first[1:4]]
        before = [array.copy() for array in kept]
        second = env.step([4, 9])  # illegal, and the second pass
        now = [second[0]["observation"], second[0]["action_mask"], *second[1:4]]
        same = [bool((a == b).all()) for a, b in zip(kept, before, strict=True)]
        shared = [np.shares_memory(a, b) for a, b in zip(kept, now, strict=True)]
        assert all(same) == copy
        assert shared == [not copy] * 5


def test_scribbling_on_what_was_given_changes_no_game() -> None:
    env = started(2, board_size=3, copy=False)
    observations, _ = env.reset()
    observations["action_mask"][:] = 0
    _, _, over, cut, infos = env.step([4, 9])
    over[:] = cut[:] = True
    assert not infos["illegal_action"].any()
    observations, _, over, cut, _ = env.step([0, 0])
    assert not over.any()
    assert not cut.any()
    assert env.stones(0).tolist() == [[-1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_reset_of_some_games() -> None:
    env = started(3, board_size=3)
    env.step([4, 4, 4])
    env.step([4, 0, 9])  # the first is over
    observations, infos = env.reset(options={"reset_mask": np.array([True, True, False])})
    assert observations["action_mask"].sum(axis=1).tolist() == [10, 10, 9]
    assert infos["to_play"].tolist() == [1, 1, 1]
    assert [int(abs(env.stones(g)).sum()) for g in range(3)] == [0, 0, 1]
    _, _, over, _, _ = env.step([0, 0, 9])
    assert over.tolist() == [False, False, True]  # the third had one pass
    with pytest.raises(ValueError, match=r"reset_mask must be bool \[3\]"):
        env.reset(options={"reset_mask": np.ones(2, bool)})
    with pytest.raises(ValueError, match="reset_mask"):
        env.reset(options={"reset_mask": [0, 1, 2]})


def test_same_seed_same_games() -> None:
    def play(seed: int | None, env: GoVectorEnv) -> list[list[int]]:
        env.reset(seed=seed)
        moves = []
        for _ in range(30):
            moves.append(env.random_actions().tolist())
            env.step(moves[-1])
        return moves

    first, second = GoVectorEnv(5, board_size=5), GoVectorEnv(5, board_size=5)
    games = play(3, first)
    assert games == play(3, second) == play(3, first)
    assert play(4, second) != games
    assert play(None, first) != games


def test_random_actions_are_legal() -> None:
    env = started(64, board_size=3)
    for _ in range(200):
        _, _, _, _, infos = env.step(env.random_actions())
        assert not infos["illegal_action"].any()


def test_random_actions_fill_no_eye() -> None:
    env = started(1, board_size=3)
    for move in (1, 9, 3, 9, 5, 9, 7, 9):
        observations, *_ = env.step([move])
    assert env.stones(0).tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert observations["action_mask"][0].tolist() == [1, 0, 1, 0, 1, 0, 1, 0, 1, 1]
    for _ in range(20):
        assert env.random_actions().tolist() == [9]  # each point is one of Black's eyes
    assert env.step([9])[2].all()
    assert env.random_actions().tolist() == [9]  # the game is over


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    "actions",
    [[4], [4, 10], [-1, 4], [4.0, 4.0], [[4, 4]], 4, [True, False], [4, 2**63]],
)
def test_what_is_no_action_raises_and_nothing_moves(actions: Any) -> None:
    env = started(2, board_size=3)
    with pytest.raises(ValueError, match="actions must be 2 whole numbers from 0 to 9"):
        env.step(actions)
    assert not env.stones(0).any()
    assert not env.stones(1).any()


def test_step_needs_a_reset_first() -> None:
    with pytest.raises(gymnasium.error.ResetNeeded):
        GoVectorEnv(2).step([0, 0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"num_envs": 0}, "num_envs must be 1 or more, not 0"),
        ({"board_size": 20}, "board_size"),
        ({"max_moves": 0}, "max_moves"),
        ({"render_mode": "human"}, 'render_mode must be "ansi", "rgb_array" or None'),
    ],
)
def test_wrong_arguments(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GoVectorEnv(**wrong)


def test_rendering() -> None:
    for mode in ("ansi", "rgb_array"):
        env = started(2, board_size=3, render_mode=mode)
        env.step([4, 9])
        frames = env.render()
        assert frames is not None
        assert len(frames) == 2
        if mode == "ansi":
            assert ["X" in str(frame) for frame in frames] == [True, False]
        else:
            assert [np.asarray(frame).shape for frame in frames] == [(96, 96, 3)] * 2


def test_two_sizes_side_by_side() -> None:
    small, large = started(2, board_size=3), started(2, board_size=9)
    for move in (4, 0):
        small.step([move, move])
        large.step([80 - move, 80 - move])
    assert small.stones(1).tolist() == [[-1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert [int(large.stones(0).ravel()[p]) for p in (76, 80)] == [1, -1]
