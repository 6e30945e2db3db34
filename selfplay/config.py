"""Everything a training run is told: sizes, budgets and rates. Nothing about how to play."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.net import BACKENDS, NetConfig
from agents.search import SearchConfig

__all__ = [
    "ConfigError",
    "GameConfig",
    "LearnConfig",
    "RunConfig",
    "config_from_dict",
    "config_to_dict",
    "load_preset",
    "preset_names",
    "with_overrides",
]

_PRESETS: Final = Path(__file__).resolve().parent / "presets"


class ConfigError(ValueError):
    """A setting that cannot be; the message is one line naming it."""


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigError(message)


def _require_finite(part: Any) -> None:
    for setting in dataclasses.fields(part):
        value = getattr(part, setting.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{setting.name} must be a finite number, not {value}")


@dataclass(frozen=True, slots=True)
class GameConfig:
    """How self-play games are set up and played.

    Attributes:
        board_size: points along an edge.
        komi: the middle of the komi drawn for a game; half points, whole ones allow draws.
        komi_spread: standard deviation around it, in points; 0 for none.
        komi_low, komi_high: bounds of the draw.
        wide_share: share of games whose komi is uniform between the bounds instead.
        opening_share: share of games that begin with random moves (never learned from); their komi
            is drawn around the network's estimate of the score after these moves.
        opening_moves: how many at most (uniform from 1).
        sampled_moves: moves from the start that are sampled from the improved policy; afterwards
            the search's own choice (with its Gumbel noise) is played.
        max_moves: a game this long ends and is scored as it stands; at most eight times the
            board's points, which the replay has room for.
        parallel_games: games a worker plays at once.
    """

    board_size: int = 9
    komi: float = 7.0
    komi_spread: float = 2.0
    komi_low: float = -10.0
    komi_high: float = 24.0
    wide_share: float = 0.1
    opening_share: float = 0.3
    opening_moves: int = 6
    sampled_moves: int = 8
    max_moves: int = 162
    parallel_games: int = 64

    def __post_init__(self) -> None:
        _require_finite(self)
        _require(2 <= self.board_size <= 19, f"board_size must be 2 to 19, not {self.board_size}")
        _require(self.komi_low <= self.komi_high, "komi_low must not be above komi_high")
        _require(self.komi_spread >= 0, f"komi_spread must be 0 or more, not {self.komi_spread}")
        for name in ("wide_share", "opening_share"):
            share = getattr(self, name)
            _require(0 <= share <= 1, f"{name} must be 0 to 1, not {share}")
        _require(
            self.opening_moves >= 1, f"opening_moves must be 1 or more, not {self.opening_moves}"
        )
        _require(
            self.sampled_moves >= 0, f"sampled_moves must be 0 or more, not {self.sampled_moves}"
        )
        _require(
            self.max_moves > self.opening_moves,
            f"max_moves ({self.max_moves}) must be more than opening_moves ({self.opening_moves})",
        )
        longest = 8 * self.board_size**2
        _require(
            self.max_moves <= longest,
            f"max_moves must be at most {longest} on {self.board_size}x{self.board_size}, "
            f"not {self.max_moves}",
        )
        _require(self.parallel_games >= 1, "parallel_games must be 1 or more")


@dataclass(frozen=True, slots=True)
class LearnConfig:
    """How the network learns from finished games.

    Attributes:
        batch_size: positions per step (AlphaZero: 4096; KataGo: 256).
        samples_per_position: how often a position is learned from on average.
        learning_rate: of AdamW, before the final drop.
        warmup_steps: steps over which the rate climbs from 0; again after a restart without
            optimizer state.
        drop_from: fraction of the run after which the rate falls, along a half cosine, ...
        drop_to: ... to this fraction of itself.
        weight_decay: of AdamW, on matrices and kernels only.
        window: newest positions that samples are drawn from, at most; the window starts at
            `window_start` and grows with half of what comes in.
        window_start: its size at first.
        min_positions: nothing is learned before this many positions are there.
        policy_weight, reply_weight, value_weight, score_weight, ownership_weight: of the losses.
        gradient_clip: largest norm of a gradient.
        shuffled_results: the control: results, scores and ownership come from another game, so that
            they say nothing. Off in every real run.
    """

    batch_size: int = 256
    samples_per_position: float = 4.0
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    drop_from: float = 0.7
    drop_to: float = 0.05
    weight_decay: float = 1e-4
    window: int = 250_000
    window_start: int = 20_000
    min_positions: int = 2_000
    policy_weight: float = 1.0
    reply_weight: float = 0.15
    value_weight: float = 1.0
    score_weight: float = 0.1
    ownership_weight: float = 0.3
    gradient_clip: float = 5.0
    shuffled_results: bool = False

    def __post_init__(self) -> None:
        _require_finite(self)
        for name in ("batch_size", "warmup_steps", "window", "window_start", "min_positions"):
            _require(
                getattr(self, name) >= 1, f"{name} must be 1 or more, not {getattr(self, name)}"
            )
        for name in ("samples_per_position", "learning_rate", "gradient_clip"):
            value = getattr(self, name)
            _require(value > 0, f"{name} must be above 0, not {value}")
        for name in ("drop_from", "drop_to"):
            _require(0 <= getattr(self, name) <= 1, f"{name} must be 0 to 1")
        for name in ("policy", "reply", "value", "score", "ownership"):
            weight = getattr(self, f"{name}_weight")
            _require(weight >= 0, f"{name}_weight must be 0 or more, not {weight}")
        _require(self.weight_decay >= 0, f"weight_decay must be 0 or more, not {self.weight_decay}")
        _require(self.window >= 16, f"window must be 16 or more, not {self.window}")
        _require(self.window_start <= self.window, "window_start must not be above window")


@dataclass(frozen=True, slots=True)
class RunConfig:
    """A whole training run.

    Attributes:
        seed: every random choice follows from it.
        total_positions: the run ends after this many self-play positions, ...
        max_minutes: ... or after this many minutes of playing and learning; 0 for no limit.
        iteration_positions: positions played between two turns of the learner.
        workers: self-play processes, each with one thread; 0 plays in the main process.
        device: torch device of the learner, and of self-play if `workers` is 0.
        evaluator: what runs the network in self-play: `"torch"`, `"openvino"`, or `"auto"`:
            OpenVINO where it is installed, on the CPU.
        eight_bit: whether OpenVINO may run it in eight-bit arithmetic; bounds are measured on the
            replay with every new version of the weights.
        evaluate_every: iterations between two evaluations; 0 for none but the last.
        initial_weights: a weights file or shipped name to start from; empty: from nothing.
        keep_checkpoints: how many are kept.
        game, search, net, learn: the parts.
    """

    seed: int = 0
    total_positions: int = 1_000_000
    max_minutes: float = 0.0
    iteration_positions: int = 8_000
    workers: int = 2
    device: str = "cpu"
    evaluator: str = "auto"
    eight_bit: bool = False
    evaluate_every: int = 10
    initial_weights: str = ""
    keep_checkpoints: int = 3
    game: GameConfig = field(default_factory=GameConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    net: NetConfig = field(default_factory=NetConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)

    def __post_init__(self) -> None:
        _require(0 <= self.seed < 2**63, f"seed must be 0 to 2**63 - 1, not {self.seed}")
        _require(self.total_positions >= 1, "total_positions must be 1 or more")
        _require(
            math.isfinite(self.max_minutes) and self.max_minutes >= 0,
            f"max_minutes must be 0 (no limit) or more, not {self.max_minutes}",
        )
        _require(self.iteration_positions >= 1, "iteration_positions must be 1 or more")
        _require(0 <= self.workers <= 256, f"workers must be 0 to 256, not {self.workers}")
        _require(
            self.evaluator in BACKENDS,
            f"evaluator must be one of {', '.join(BACKENDS)}, not {self.evaluator!r}",
        )
        _require(self.evaluate_every >= 0, "evaluate_every must be 0 or more")
        _require(self.keep_checkpoints >= 1, "keep_checkpoints must be 1 or more")


_PARTS: Final[dict[str, type[Any]]] = {
    "game": GameConfig,
    "search": SearchConfig,
    "net": NetConfig,
    "learn": LearnConfig,
}

_TYPES: Final[dict[str, tuple[type[Any], ...]]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
}


def config_to_dict(config: RunConfig) -> dict[str, Any]:
    """The settings as plain JSON values."""
    return dataclasses.asdict(config)


def config_from_dict(settings: dict[str, Any]) -> RunConfig:
    """The inverse of `config_to_dict`; settings left out have their defaults.

    Raises:
        ConfigError: naming a setting that does not exist or cannot have its value.
    """
    _require(isinstance(settings, dict), "settings must be a table (a JSON object)")
    parts: dict[str, Any] = {}
    for name, value in settings.items():
        if name in _PARTS:
            _require(isinstance(value, dict), f"{name} must be a table of settings")
            parts[name] = _build(_PARTS[name], value, f"{name}.")
        else:
            parts[name] = value
    config: RunConfig = _build(RunConfig, parts, "")
    return config


def _build(kind: type[Any], settings: dict[str, Any], prefix: str) -> Any:
    known = {f.name: f for f in dataclasses.fields(kind)}
    for name, value in settings.items():
        _require(name in known, f"no setting called {prefix}{name}")
        expected = _TYPES.get(str(known[name].type))
        wrong = expected is not None and (
            not isinstance(value, expected) or (isinstance(value, bool) and expected != (bool,))
        )
        _require(not wrong, f"{prefix}{name} must be of type {known[name].type}, not {value!r}")
    try:
        return kind(**settings)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{prefix.rstrip('.')}: {error}") from None


def with_overrides(config: RunConfig, overrides: Sequence[str]) -> RunConfig:
    """`config` with entries `NAME=VALUE` or `part.NAME=VALUE` replaced; values are JSON or text.

    Raises:
        ConfigError: for an entry of another form, an unknown name or a value that cannot be.
    """
    settings = config_to_dict(config)
    for entry in overrides:
        name, equals, text = entry.partition("=")
        _require(bool(equals), f"a setting is changed by NAME=VALUE, not {entry!r}")
        try:
            value: Any = json.loads(text)
        except ValueError:
            value = text
        *parts, last = name.split(".")
        table = settings
        for part in parts:
            _require(isinstance(table.get(part), dict), f"no setting called {name}")
            table = table[part]
        table[last] = value
    return config_from_dict(settings)


def preset_names() -> list[str]:
    """The presets that come with the package."""
    return sorted(path.stem for path in _PRESETS.glob("*.json"))


def load_preset(name: str) -> RunConfig:
    """A preset by name, or settings from a JSON file by path.

    Raises:
        ConfigError: if there is none, it is no JSON, or a setting is wrong.
    """
    path = _PRESETS / f"{name}.json" if name in preset_names() else Path(name)
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        known = ", ".join(preset_names())
        raise ConfigError(f"no preset or settings file {name!r}; presets: {known}") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid JSON: {error}") from None
    _require(isinstance(settings, dict), f"{path} must hold a JSON object")
    return config_from_dict(settings)
