"""The tactical features once more, in words: captures, attacks, cuts, sacrifices, nets, ko.

Each function answers one family's question about one move, as `hand_families` puts it.
"""

from __future__ import annotations

from tests.agents.told.slow_asking import ONE_TWO_MANY, Asked, number, stones
from tests.agents.told.slow_reading import Chain, is_caught

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
