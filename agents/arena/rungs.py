"""The rungs of the ladder: agents that stay the same, and what their games among themselves gave.

Kept in a small JSON file that people can read and add to (`untold ladder --learn`). A rung that
plays from a file of weights is known by that file's digest: where the file is missing or another,
the rung is left out of play, while its results go on counting for those who were its opponents.
That the program itself plays a spec as it did when the games were played, nothing can tell: a
change of play means playing and learning those games anew.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.arena.known import KnownResult, known_results
from agents.arena.records import DEFAULT_RULES, GameRecord
from agents.base import Agent, AgentError
from agents.files import write_atomically
from agents.gtp import find_gnugo
from agents.spec import SHIPPED, AgentSpec, SpecError, make_agent, parse_spec
from go_engine.rules import Rules

__all__ = [
    "SHIPPED_RUNGS",
    "Rung",
    "RungBook",
    "RungMaker",
    "learn_rungs",
    "read_rungs",
    "write_rungs",
]

SHIPPED_RUNGS: Final = Path(__file__).resolve().parent / "rungs.json"

_ROOT: Final = Path(__file__).resolve().parents[2]  # what the shipped rungs' files are named from
_DIGITS: Final = 16  # of a digest
_FORMAT: Final = "untold-rungs-1"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung.

    Attributes:
        spec: the agent, as it is called in games; weights are named from the project's folder.
        digest: the first digits of the SHA-256 of its file of weights; empty for other agents.
    """

    spec: str
    digest: str = ""

    def absence(self) -> str:
        """Why the rung cannot play here, in words; empty if it can."""
        parsed = parse_spec(self.spec)
        if parsed.kind == "gnugo" and "program" not in dict(parsed.options) and not find_gnugo():
            return "GNU Go is not installed"
        path = _weights(parsed)
        if path is None:
            return ""
        if not path.is_file():
            return "its weights are not here"
        return "" if _digest(path) == self.digest else "its weights have changed"


@dataclass(frozen=True, slots=True)
class RungBook:
    """All rungs, and the results among them.

    Attributes:
        rules: board and komi of all games.
        rungs: the agents.
        results: at most one for every two of them.
    """

    rules: Rules = DEFAULT_RULES
    rungs: tuple[Rung, ...] = ()
    results: tuple[KnownResult, ...] = ()

    def without(self, spec: str) -> RungBook:
        """The book as it is for measuring `spec` itself."""
        return dataclasses.replace(
            self,
            rungs=tuple(rung for rung in self.rungs if rung.spec != spec),
            results=tuple(result for result in self.results if spec not in (result.a, result.b)),
        )


@dataclass(frozen=True)
class RungMaker:
    """Makes agents by name, in worker processes too; rungs find their weights wherever one is.

    Attributes:
        specs: of the rungs, by their names in games.
    """

    specs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rungs: Iterable[Rung]) -> RungMaker:
        """A maker that knows these rungs."""
        return cls({rung.spec: str(_with_path(parse_spec(rung.spec))) for rung in rungs})

    def __call__(self, name: str) -> Agent:
        """The agent.

        Raises:
            AgentError: if it cannot be made.
        """
        agent = make_agent(self.specs.get(name, name))
        agent.name = name
        return agent


def _weights(spec: AgentSpec) -> Path | None:
    """The file of weights that an agent plays from, as far as it is known; None for agents without
    and for zero's default, which is whichever network ships."""
    named = dict(spec.options).get("weights")
    if spec.kind == "told":
        return _ROOT / str(named) if named else SHIPPED / "told" / "model.safetensors"
    if spec.kind != "zero" or named is None:
        return None
    name = str(named)
    return _ROOT / name if Path(name).suffix else SHIPPED / "zero" / f"{name}.safetensors"


def _with_path(spec: AgentSpec) -> AgentSpec:
    """The spec with its weights' file where it is, wherever one is."""
    path = _weights(spec)
    named = str(dict(spec.options).get("weights", ""))
    if path is None or not Path(named).suffix:
        return spec
    options = tuple((n, str(path) if n == "weights" else value) for n, value in spec.options)
    return dataclasses.replace(spec, options=options)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]


def learn_rungs(book: RungBook, records: Sequence[GameRecord], specs: Iterable[str]) -> RungBook:
    """The book with `specs` as further rungs, and with the results that `records` hold.

    Of two rungs that met in `records` those games replace what was known of the two, so learning
    the same games again changes nothing. Games under other rules, and those of agents that are no
    rungs, are left out. What was known of a rung whose weights have changed is forgotten.

    Raises:
        SpecError: for a text that names no agent.
        AgentError: for weights that are missing or outside the project's folder.
        ValueError: if not one game counts.
    """
    named = [*(rung.spec for rung in book.rungs), *(str(parse_spec(spec)) for spec in specs)]
    rungs = tuple(_now(spec) for spec in dict.fromkeys(named))
    changed = {rung.spec for rung in book.rungs} - {
        rung.spec for rung in book.rungs if rung in rungs
    }
    ours = [record for record in records if record.rules == book.rules]
    learned = known_results(ours, [rung.spec for rung in rungs])
    if not learned:
        raise ValueError("these games hold none between two rungs under the ladder's rules")
    met = {frozenset((result.a, result.b)) for result in learned}
    kept = [
        result
        for result in book.results
        if frozenset((result.a, result.b)) not in met and not {result.a, result.b} & changed
    ]
    return RungBook(book.rules, rungs, (*kept, *learned))


def _now(spec: str) -> Rung:
    """The rung as its files are now."""
    parsed = parse_spec(spec)
    path = _weights(parsed)
    if path is None and parsed.kind == "zero":
        raise AgentError(f"name the weights of the rung {spec}: those that ship may change")
    if path is None:
        return Rung(spec)
    if not path.is_file() or not path.resolve().is_relative_to(_ROOT):
        raise AgentError(f"the weights of a rung must lie in the project's folder, not {path}")
    return Rung(spec, _digest(path))


# ---------------------------------------------------------------- the file


def write_rungs(book: RungBook, path: Path) -> None:
    """Write the book, one rung or result a line.

    Raises:
        OSError: if it cannot be written.
    """
    size_komi = {"board_size": book.rules.board_size, "komi": book.rules.komi}
    rungs = [dataclasses.asdict(rung) for rung in book.rungs]
    results = [dataclasses.asdict(result) for result in book.results]
    text = (
        f'{{\n"format": "{_FORMAT}",\n"rules": {json.dumps(size_komi)},\n'
        f'"rungs": [\n{_lines(rungs)}\n],\n"results": [\n{_lines(results)}\n]\n}}\n'
    )
    write_atomically(path, text.encode())


def _lines(values: Iterable[Mapping[str, Any]]) -> str:
    return ",\n".join(json.dumps(value) for value in values)


def read_rungs(path: Path = SHIPPED_RUNGS) -> RungBook:
    """Read a book.

    Raises:
        ValueError: in one line, if the file is not one.
        OSError: if it cannot be read.
    """
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            raise ValueError(f"its format is not {_FORMAT}")
        rules = Rules(data["rules"]["board_size"], komi=data["rules"]["komi"])
        rungs = tuple(Rung(str(parse_spec(r["spec"])), str(r["digest"])) for r in data["rungs"])
        results = tuple(_result(entry) for entry in data["results"])
        strangers = {n for r in results for n in (r.a, r.b)} - {rung.spec for rung in rungs}
        if strangers:
            raise ValueError(f"{min(strangers)} has results and is no rung")
    except (ValueError, KeyError, TypeError, AttributeError, SpecError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ValueError(f"{path} is no file of rungs: {reason}") from None
    return RungBook(rules, rungs, results)


def _result(entry: Mapping[str, Any]) -> KnownResult:
    counts = [tuple(entry[name]) for name in ("pairs", "games")]
    if not all(type(count) is int for each in counts for count in each):
        raise ValueError("counts must be whole numbers")
    return KnownResult(str(entry["a"]), str(entry["b"]), counts[0], counts[1])
