"""The full screen driven without a terminal, by Textual's Pilot: what its tests share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import numpy as np
from textual.pilot import Pilot
from textual.widgets import RichLog, Static

from agents.base import AgentError, Decision
from go_engine import GameState
from go_engine.coords import move_to_vertex, vertex_to_move
from scripts.board.analyst import Analyst
from scripts.board.app import BoardApp
from scripts.board.desk import Desk
from scripts.board.table import Setup, Table

Play = Callable[[BoardApp, Pilot[int]], Awaitable[None]]


class Scripted:
    """Plays the given vertices one after the other, then passes."""

    def __init__(self, *vertices: str) -> None:
        self.name = "scripted"
        self.left = list(vertices)

    def select_move(self, state: GameState, *_: object) -> Decision:
        vertex = self.left.pop(0) if self.left else "pass"
        if vertex == "fail":
            raise AgentError("the engine died")
        return Decision(vertex_to_move(vertex, state.rules.board_size), reasons=("it was told to",))

    def new_game(self) -> None: ...

    def close(self) -> None: ...


def drive(
    play: Play,
    *moves: str,
    setup: Setup | None = None,
    size: tuple[int, int] = (80, 24),
) -> BoardApp:
    """Run an app against an opponent that plays `moves`, `play` being the person."""
    setup = setup or Setup(opponent="random", size=5)
    table = Table(setup, np.random.default_rng(1))
    session = table.begin()
    if moves:
        session.bots = {color: Scripted(*moves) for color in session.bots}
    app = BoardApp(setup.size, partial(Desk, table, session, Analyst()))

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settle(app, pilot)
            await play(app, pilot)

    asyncio.run(run())
    app.desk.close()
    return app


async def settle(app: BoardApp, pilot: Pilot[int]) -> None:
    """Wait until nothing is being thought."""
    for _ in range(600):
        await pilot.pause()
        if app._desk is not None and not app.desk.thinker.is_busy:
            break
        await asyncio.sleep(0.02)
    await pilot.pause()


async def keys(app: BoardApp, pilot: Pilot[int], *pressed: str) -> None:
    for key in pressed:
        await pilot.press(key)
    await settle(app, pilot)


async def click(app: BoardApp, pilot: Pilot[int], vertex: str) -> None:
    point = vertex_to_move(vertex, app.goban.layout_now.size)
    row, column = app.goban.layout_now.place(point)
    await pilot.click("#goban", offset=(column, row))
    await settle(app, pilot)


def played(app: BoardApp) -> list[str]:
    state = app.desk.session.state
    return [move_to_vertex(move, state.rules.board_size) for move in state.history]


def kept(app: BoardApp) -> Path:
    assert app.desk.keeper is not None
    return app.desk.keeper.path


def window(app: BoardApp) -> str:
    return type(app.screen).__name__


def talk(app: BoardApp) -> str:
    return "\n".join(strip.text for strip in app.query_one("#talk", RichLog).lines)


def status(app: BoardApp) -> str:
    return str(app.query_one("#status", Static).render())
