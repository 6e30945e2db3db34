"""The game as an environment for reinforcement-learning libraries.

    import gymnasium
    import go_engine.envs

    env = gymnasium.make("untold/Go-v0", board_size=9, opponent=my_policy)
    games = gymnasium.make_vec("untold/GoSelfPlay-v0", num_envs=1024)

Importing this package registers the two names with Gymnasium; what they stand for is loaded when it
is made. PettingZoo knows no names: `from go_engine.envs import pettingzoo_env`. Nothing here is
imported by `go_engine` itself, so the engine needs neither library.

- `gymnasium_env.GoEnv`: one learner against an opponent, a callable;
- `pettingzoo_env.env`: two agents in turn;
- `vector_env.GoVectorEnv`: thousands of games at once, one player for both sides;
- `observation`: what they all show.
"""

from go_engine.envs.registration import SINGLE, VECTOR

__all__ = ["SINGLE", "VECTOR"]
