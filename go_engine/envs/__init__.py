"""The game as an environment for reinforcement-learning libraries.

Nothing here is imported by `go_engine` itself; import the module you need, which brings its
library with it: `go_engine.envs.pettingzoo_env`.
"""

__all__: list[str] = []
