"""The board in the terminal: the game between a person and an agent, and how it is shown."""
