"""Every hand-made feature once more, in words: slow, obvious, sharing nothing with the kernels.

Each function answers one family's question about one move, as `hand_families` puts it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.agents.told.slow_reading import Chain, Look, is_caught
from tests.reference import after_play, owners

ONE_TWO_MANY = ("one stone", "two stones", "three or more stones")


@dataclass(frozen=True)
class Asked:
    """A move on a point, and all there is to know about it.

    Attributes:
        before, after: the position without and with the move, each with the ko that its side to
            move may not take; in `open_before` and `open_after` the other side moves, who may.
        point, mover: the move.
        taken: the opponent's stones that it captures.
        last, previous: the points of the last two moves; None for a pass or no move.
    """

    before: Look
    after: Look
    point: int
    mover: int
    taken: Chain
    last: int | None
    previous: int | None

    @property
    def open_before(self) -> Look:
        return Look(self.before.stones, self.before.size)

    @property
    def open_after(self) -> Look:
        return Look(self.after.stones, self.after.size)


def ask(before: Look, point: int, mover: int, last: int | None, previous: int | None) -> Asked:
    """The move, which is legal and no suicide."""
    stones, taken, lost = after_play(before.stones, before.size, point, mover)
    assert not lost
    after = Look(stones, before.size)
    if len(taken) == 1 and after.chain(point) == {point} and after.liberties(point) == taken:
        after.ko = min(taken)
    return Asked(before, after, point, mover, frozenset(taken), last, previous)


def stones(count: int) -> str:
    return ONE_TWO_MANY[min(count, 3) - 1]


def number(count: int, words: tuple[str, ...], first: int = 1) -> str:
    """The count in words, the last of which stands for all more."""
    return words[min(count - first, len(words) - 1)]


# ---------------------------------------------------------------- captures and rescues


def capture(a: Asked) -> str:
    if not a.taken:
        return ""
    if a.after.ko is not None:
        return "takes a ko"
    chains = {a.before.chain(p) for p in a.taken}
    frees = any(
        len(a.before.liberties(min(own))) == 1 for c in chains for own in a.before.touched_by(c)
    )
    if frees:
        return f"captures {stones(len(a.taken))} and so frees a chain in atari"
    runs = any(not is_caught(a.open_before, min(c), -a.mover) for c in chains)
    return f"captures {stones(len(a.taken))} that {'could' if runs else 'cannot'} run"


def recapture(a: Asked) -> str:
    if a.last is None or a.last not in a.taken:
        return ""
    alone = len(a.before.chain(a.last)) == 1
    return "takes the last stone played" + ("" if alone else " and its chain")


def escape(a: Asked) -> str:
    found = []
    for chain in a.before.chains(a.mover):
        liberties = a.before.liberties(min(chain))
        if len(liberties) != 1 or not (a.point in liberties or a.taken):
            continue
        left = len(a.after.liberties(min(chain)))
        if left == 1 and a.point not in liberties:
            continue
        caught = left == 2 and is_caught(a.after, min(chain), -a.mover)
        outcome = 0 if left == 1 else (1 if caught else 2)
        found.append((outcome, min(len(chain), 3), len(chain)))
    if not found:
        return ""
    outcome, _, count = max(found)
    words = ("extends {} but stays in atari", "extends {} into a ladder that fails",
             "brings {} out of atari")  # fmt: skip
    return words[outcome].format(stones(count))


def defend(a: Asked) -> str:
    found = []
    for chain in a.before.chains(a.mover):
        liberties = a.before.liberties(min(chain))
        if len(liberties) != 2 or not is_caught(a.open_before, min(chain), -a.mover):
            continue
        if not a.taken and not any(beside(a, q) or q == a.point for q in liberties):
            continue
        caught = is_caught(a.after, min(chain), -a.mover)
        if not caught or a.point in liberties:
            found.append((not caught, min(len(chain), 3)))
    if not found:
        return ""
    saves, count = max(found)
    return (
        f"saves {stones(count)} from a ladder"
        if saves
        else (f"adds to {stones(count)} that the ladder still catches")
    )


def beside(a: Asked, point: int) -> bool:
    """Whether a point is one of the eight around the move."""
    rows = abs(point // a.before.size - a.point // a.before.size)
    columns = abs(point % a.before.size - a.point % a.before.size)
    return max(rows, columns) == 1


# ---------------------------------------------------------------- attacks


def attacked(a: Asked) -> dict[Chain, int]:
    """The opponent chains that the stone touches, with the liberties that they have left."""
    chains = a.after.touching(a.point, -a.mover)
    return {chain: len(a.after.liberties(min(chain))) for chain in chains}


def atari(a: Asked) -> str:
    given = [chain for chain, left in attacked(a).items() if left == 1]
    if not given:
        return ""
    if len(a.after.liberties(a.point)) == 1:
        return "gives atari from a stone in atari"
    caught = [chain for chain in given if is_caught(a.after, min(chain), -a.mover)]
    if len(given) > 1:
        return "gives a double atari" + (" that the ladder catches" if caught else "")
    ending = "the ladder catches" if caught else "can get away"
    return f"gives atari to {stones(len(given[0]))} that {ending}"


def threat(a: Asked) -> str:
    caught = [
        len(chain)
        for chain, left in attacked(a).items()
        if left == 2 and is_caught(a.open_after, min(chain), a.mover)
    ]
    return f"threatens to catch {stones(max(caught))} in a ladder" if caught else ""


def liberties(a: Asked) -> str:
    left, count = len(a.after.liberties(a.point)), len(a.after.chain(a.point))
    if left == 1:
        many = ("one stone", "two stones", "three stones", "four or more stones")
        return f"self-atari with {number(count, many)}"
    if left == 2 and is_caught(a.after, a.point, -a.mover):
        return f"leaves {stones(count)} on two liberties, caught in a ladder"
    words = ("two", "three", "four", "five or more")
    return f"has {number(left, words, first=2)} liberties"


def join(a: Asked) -> str:
    chains = a.before.touching(a.point, a.mover)
    if not chains:
        return ""
    what = ("extends a chain", "connects two chains", "connects three chains")
    weakest = min(len(a.before.liberties(min(chain))) for chain in chains)
    weak = number(weakest, ("one liberty", "two liberties", "three or more liberties"))
    return f"{number(len(chains), what)}, the weakest with {weak}"


def contact(a: Asked) -> str:
    left = attacked(a)
    if not left:
        return ""
    what = ("touches a chain", "divides two chains", "divides three chains")
    words = ("one liberty", "two liberties", "three liberties", "four or more liberties")
    return f"{number(len(left), what)}, the weakest left with {number(min(left.values()), words)}"


def reply(a: Asked) -> str:
    if a.last is None or a.before.stones[a.last] != -a.mover:
        return ""
    if a.point not in a.before.liberties(a.last):
        return ""
    had = ("one liberty", "two liberties", "three liberties", "four or more liberties")
    count = len(a.before.liberties(a.last))
    return f"attacks the chain just played, which had {number(count, had)}"


# ---------------------------------------------------------------- cuts, sacrifices, nets, ko


def smaller_of_cut(a: Asked, color: int) -> int:
    chains = a.before.touching(a.point, color)
    found = [0]
    for one in chains:
        for other in chains - {one}:
            common = a.before.liberties(min(one)) & a.before.liberties(min(other))
            if common == {a.point}:
                found.append(min(len(one), len(other)))
    return max(found)


def cut(a: Asked) -> str:
    count = smaller_of_cut(a, -a.mover)
    return f"cuts off {stones(count)}" if count else ""


def bind(a: Asked) -> str:
    count = smaller_of_cut(a, a.mover)
    return f"ties in {stones(count)} that could have been cut off" if count else ""


def snapback(a: Asked) -> str:
    own = a.after.liberties(a.point)
    if a.taken or len(own) != 1:
        return ""
    answer = min(own)
    taken = a.after.play(answer, -a.mover)
    if taken is None or len(taken.liberties(answer)) != 1:
        return ""
    gain = len(taken.chain(answer))
    lost = sum(1 for p in range(len(a.after.stones)) if a.after.stones[p] and not taken.stones[p])
    if gain < 2 or gain <= lost:
        return ""
    return f"throws in to take back {'two stones' if gain == 2 else 'three or more stones'}"


def net(a: Asked) -> str:
    kept = [0]
    for chain in a.before.chains(-a.mover):
        around = a.before.liberties(min(chain))
        if len(around) != 2 or is_caught(a.before, min(chain), a.mover):
            continue
        if a.point in around or not any(beside(a, q) for q in around):
            continue
        prey = [c for c in a.after.touched_by(chain) if len(a.after.liberties(min(c))) == 1]
        if prey or not chain <= {p for p, s in enumerate(a.after.stones) if s == -a.mover}:
            continue
        tries = [a.after.play(q, -a.mover) for q in around]
        if all(is_caught(t, min(chain), a.mover) for t in tries if t is not None):
            kept.append(len(chain))
    return f"catches {stones(max(kept))} in a net" if max(kept) else ""


def ko(a: Asked) -> str:
    near = a.before.near(a.point)
    if all(a.before.stones[q] == a.mover for q in near):
        weak = [q for q in near if len(a.before.liberties(q)) == 1]
        if len(weak) == 1 and len(a.before.chain(weak[0])) == 1:
            return "connects a ko"
    if a.before.ko is None:
        return ""
    if a.taken and a.after.ko is None:
        return "in a ko fight, captures something else"
    given = atari(a)
    if given:
        if "double" in given or "from a stone" in given:
            return "in a ko fight, gives a double atari or one from a stone in atari"
        count = next(words for words in ONE_TWO_MANY if words in given)
        return f"in a ko fight, gives atari to {count}"
    return "in a ko fight, threatens a ladder" if threat(a) else ""


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


FAMILIES = {
    function.__name__: function
    for function in (
        capture, recapture, escape, atari, defend, threat, liberties, join, contact, own_eye,
        their_eye, make_eye, spoil_eye, own_space, their_space, region, place, near_last,
        near_previous, path_last, path_previous, reply, cut, bind, snapback, net, ko,
    )
}  # fmt: skip
