"""The environments' names in Gymnasium's registry; what they stand for is loaded when made."""

from typing import Final

import gymnasium

__all__ = ["SINGLE", "VECTOR"]

SINGLE: Final = "untold/Go-v0"
"""Gymnasium's name of `gymnasium_env.GoEnv`."""

VECTOR: Final = "untold/GoSelfPlay-v0"
"""Gymnasium's name of `vector_env.GoVectorEnv`, for `gymnasium.make_vec` alone."""

# Gymnasium warns of a name that is registered twice, as when this module is reloaded.
if SINGLE not in gymnasium.registry:
    gymnasium.register(SINGLE, entry_point="go_engine.envs.gymnasium_env:GoEnv")
if VECTOR not in gymnasium.registry:
    gymnasium.register(VECTOR, vector_entry_point="go_engine.envs.vector_env:GoVectorEnv")
