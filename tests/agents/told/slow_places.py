"""The features of eyes, regions, places and distances once more, in words, and those of a pass.

Each function answers one family's question about one move, as `hand_families` puts it.
"""

from __future__ import annotations

from tests.agents.told.slow_asking import Asked, number
from tests.agents.told.slow_reading import Chain, Look
from tests.reference import owners

# ---------------------------------------------------------------- eyes and regions


def surrounded(a: Asked, color: int) -> str:
    """ "" or "real" or "false"."""
    if any(a.before.stones[q] != color for q in a.before.near(a.point)):
        return ""
    return "real" if a.before.is_eye(a.point, color) else "false"


def own_eye(a: Asked) -> str:
    kind = surrounded(a, a.mover)
    return {"": "", "real": "fills its own eye", "false": "fills its own false eye"}[kind]


def their_eye(a: Asked) -> str:
    kind = surrounded(a, -a.mover)
    words = {"real": "plays into an opponent's eye", "false": "plays into an opponent's false eye"}
    return words.get(kind, "")


def around(a: Asked) -> list[int]:
    return [*a.before.near(a.point), *(q for q in a.before.diagonals(a.point) if q is not None)]


def make_eye(a: Asked) -> str:
    made = [q for q in around(a) if a.after.is_eye(q, a.mover) and not a.before.is_eye(q, a.mover)]
    return number(len(made), ("makes an eye", "makes two eyes")) if made else ""


def spoil_eye(a: Asked) -> str:
    theirs = Look(
        (*a.before.stones[: a.point], -a.mover, *a.before.stones[a.point + 1 :]), a.before.size
    )
    lost = [q for q in around(a) if theirs.is_eye(q, -a.mover) and not a.before.is_eye(q, -a.mover)]
    return number(len(lost), ("takes an eye", "takes two eyes")) if lost else ""


def space(a: Asked, color: int, whose: str) -> str:
    region = a.before.region(a.point, outside=color)
    if len(region) > 7:
        return ""
    degree = sum(q in region for q in a.before.near(a.point))
    return f"in an eye space of {len(region)}, {degree} of its points next to it ({whose})"


def own_space(a: Asked) -> str:
    return space(a, a.mover, "own")


def their_space(a: Asked) -> str:
    return space(a, -a.mover, "the opponent's")


def region(a: Asked) -> str:
    points = a.before.region(a.point, outside=None)
    borders = {a.before.stones[q] for p in points for q in a.before.near(p)} - {0}
    if not borders:
        return ""
    count = len(points)
    size = "one point" if count == 1 else "two points" if count == 2 else (
        "3 to 5 points" if count <= 5 else "6 to 10 points" if count <= 10 else (
            "more than 10 points"))  # fmt: skip
    side = (
        "both sides"
        if len(borders) == 2
        else ("own stones only" if a.mover in borders else "opponent stones only")
    )
    return f"in an empty region of {size} that borders on {side}"


# ---------------------------------------------------------------- places and distances


def place(a: Asked) -> str:
    size = a.before.size
    filled = sum(color != 0 for color in a.before.stones)
    phase = (
        "opening"
        if 10 * filled < size * size
        else ("middle game" if 3 * filled < size * size else "late")
    )
    lines = sorted(min(x, size - 1 - x, 4) + 1 for x in divmod(a.point, size))
    return f"{phase}, {lines[1]} and {lines[0]} lines from the edges"


def distance(a: Asked, other: int) -> int:
    rows = abs(other // a.before.size - a.point // a.before.size)
    columns = abs(other % a.before.size - a.point % a.before.size)
    return min(rows + columns + max(rows, columns), 17)


def near_last(a: Asked) -> str:
    if a.last is None:
        return ""
    return f"at distance {max(distance(a, a.last), 2)} from the last move"


def near_previous(a: Asked) -> str:
    if a.previous is None:
        return ""
    return f"at distance {distance(a, a.previous)} from its own last move"


def steps(a: Asked, start: int) -> int:
    """Of the shortest path on which a chain counts as one point; 9 if it is longer."""

    def whole(point: int) -> Chain:
        return a.before.chain(point) if a.before.stones[point] else frozenset({point})

    reached, count = set(whole(start)), 0
    while a.point not in reached and count < 9:
        count += 1
        edge = {q for p in reached for q in a.before.near(p)}
        reached |= {r for q in edge for r in whole(q)}
    return count


def path_last(a: Asked) -> str:
    if a.last is None:
        return ""
    return f"{max(steps(a, a.last), 1)} steps from the last move's chain"


def path_previous(a: Asked) -> str:
    if a.previous is None:
        return ""
    return f"{steps(a, a.previous)} steps from its own last chain"


def pass_words(before: Look, mover: int, komi: float, answers_pass: bool) -> str:
    """The family `pass`, for a pass."""
    owner = owners(before.stones, before.size)
    margin = (sum(owner) - komi) * mover
    result = "loses" if margin < 0 else "draws" if margin == 0 else "wins"
    filled = sum(color != 0 for color in before.stones)
    stage = "every point is somebody's"
    if 2 * filled < before.size**2:
        stage = "less than half the board is filled"
    elif any(neutral(before, p) for p, color in enumerate(before.stones) if color == 0):
        stage = "some points are nobody's"
    first = "after a pass" if answers_pass else "first"
    return f"passes {first}; the position as it stands {result}; {stage}"


def neutral(before: Look, point: int) -> bool:
    """Whether the empty region around a point borders on both sides."""
    points = before.region(point, outside=None)
    return len({before.stones[q] for p in points for q in before.near(p)} - {0}) == 2
