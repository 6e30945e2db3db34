"""Which move? Who is stronger? The players, told and untold, and the arena they meet in.

Nothing is imported here, so that the untold side can be used without the told one and without its
packages: import from `agents.base`, `agents.spec`, `agents.search`, `agents.told`, `agents.arena`.
"""

__all__: list[str] = []
