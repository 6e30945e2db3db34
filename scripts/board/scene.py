"""From a game and what is known about its position to the scene that the board shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.base import Decision
from scripts.board.analyst import Sight
from scripts.board.canvas import Label, Scene
from scripts.board.charts import find_marks
from scripts.board.looks import Color
from scripts.board.review import loss_of, mark_of
from scripts.board.session import Session

__all__ = ["OVERLAYS", "Findings", "make_scene"]

OVERLAYS: Final = {
    0: ("none", "just the board"),
    1: ("policy", "where it looks first, in %"),
    2: ("owner", "whose points the net expects"),
    3: ("told", "its choice in %; at a point: why"),
    4: ("marks", "! atari, L caught in a ladder"),
}
"""By the key that shows them."""

_HOT: Final[Color] = (38, 128, 235)
_TOLD: Final[Color] = (126, 82, 196)
_GOOD: Final[Color] = (44, 160, 92)
_FAIR: Final[Color] = (201, 138, 30)
_DANGER: Final[Color] = (224, 60, 40)
_BLACK: Final[Color] = (20, 20, 24)
_WHITE: Final[Color] = (255, 255, 255)
_CANDIDATES: Final = 5


@dataclass
class Findings:
    """What has been found out about the position shown; empty when it changes.

    Attributes:
        sight: the network's first impression.
        told: the told player's probabilities, `float64 [N*N + 1]`.
        decision, rates: the newest search, and the expected result of each move it looked at.
        words: what the told player says of the point under the cursor.
        pv_step: how many moves of the expected line are laid out on the board.
    """

    sight: Sight | None = None
    told: NDArray[np.float64] | None = None
    decision: Decision | None = None
    rates: dict[int, float] = field(default_factory=dict)
    words: str = ""
    pv_step: int = 0

    def candidates(self) -> list[int]:
        """The moves most searched, points only, best first."""
        if self.decision is None:
            return []
        points = [move for move in self.decision.visits if move in self.rates]
        best = [self.decision.move, *(move for move in points if move != self.decision.move)]
        return [move for move in best if move >= 0][:_CANDIDATES]


def make_scene(session: Session, findings: Findings, overlay: str, is_thinking: bool) -> Scene:
    """The position with what was asked to be seen on it."""
    state = session.state
    moves = state.history
    points = state.rules.num_points
    last = moves[-1] if moves and moves[-1] < points else None
    scene = Scene(state.stones(), last, faint=session.dead)
    scene.labels = {point: Label("×", None) for point in session.dead}
    mark = mark_of(loss_of(session.tree, session.node))
    if mark and last is not None:
        scene.labels = {**scene.labels, last: Label(mark, _DANGER)}
    if findings.pv_step:
        _lay_out_line(scene, session, findings)
    elif overlay == "policy" and findings.sight is not None:
        _heat(scene, findings.sight.policy[:-1], _HOT)
    elif overlay == "told" and findings.told is not None:
        _heat(scene, findings.told[:-1], _TOLD)
    elif overlay == "owner" and findings.sight is not None:
        _owners(scene, findings.sight.ownership)
    elif overlay == "marks":
        _marks(scene, session)
    elif is_thinking:
        _candidates(scene, findings, points)
    return scene


def _heat(scene: Scene, chances: NDArray[np.float64], color: Color) -> None:
    top = max(float(chances.max()), 1e-9)
    tints, labels = {}, dict(scene.labels)
    for point in np.flatnonzero(chances >= 0.005).tolist():
        chance = float(chances[point])
        tints[point] = (color, 0.15 + 0.8 * (chance / top) ** 0.6)
        labels[point] = Label(f"{100 * chance:.0f}", None, bold=chance == top)
    scene.tints, scene.labels = tints, labels


def _owners(scene: Scene, ownership: NDArray[np.float64]) -> None:
    stones, tints, labels = scene.stones.ravel(), {}, dict(scene.labels)
    for point, value in enumerate(ownership.tolist()):
        if abs(value) < 0.1:
            continue
        color = _BLACK if value > 0 else _WHITE
        if stones[point] == 0:
            tints[point] = (color, 0.75 * min(1.0, abs(value)))
        elif stones[point] * value < -0.2:
            labels[point] = Label("■", color)
    scene.tints, scene.labels, scene.tiled = tints, labels, True


def _marks(scene: Scene, session: Session) -> None:
    marks, labels, tints = find_marks(session.state), dict(scene.labels), dict(scene.tints)
    for chains, sign in ((marks.ladder, "L"), (marks.atari, "!")):
        for point in (point for chain in chains for point in chain):
            labels[point] = Label(sign, _DANGER)
    for chain in marks.atari:
        for point in session.state.board.liberties(chain[0]):
            tints[point] = (_DANGER, 0.35)
    scene.labels, scene.tints = labels, tints


def _candidates(scene: Scene, findings: Findings, points: int) -> None:
    tints, labels = {}, dict(scene.labels)
    best = findings.rates.get(findings.decision.move, 0.0) if findings.decision else 0.0
    for number, move in enumerate(findings.candidates()):
        if move >= points:
            continue
        is_close = findings.rates[move] > best - 0.03
        tints[move] = (_GOOD if number == 0 else _FAIR, 0.85 if number == 0 else 0.55)
        if number and not is_close:
            tints[move] = (_FAIR, 0.3)
        labels[move] = Label(f"{100 * findings.rates[move]:.0f}", None)
    scene.tints, scene.labels = tints, labels


def _lay_out_line(scene: Scene, session: Session, findings: Findings) -> None:
    if findings.decision is None:
        return
    state = session.state.copy()
    labels: dict[int, Label] = {}
    for number, move in enumerate(findings.decision.pv[: findings.pv_step], start=1):
        if not state.is_legal(move):
            break
        state.play(move)
        if move < state.rules.num_points:
            labels[move] = Label(str(number), None)
    stones = state.stones()
    gone = [point for point in labels if stones.flat[point] == 0]
    scene.stones, scene.last = stones, None
    scene.labels = {point: label for point, label in labels.items() if point not in gone}
