"""Everything a training run is told: sizes, budgets and rates. Nothing about how to play."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.net import BACKENDS, NetConfig
from agents.search import SearchConfig

__all__ = [
    "Board",
    "ConfigError",
    "GameConfig",
    "LearnConfig",
    "Lesson",
    "RunConfig",
    "require",
]


class ConfigError(ValueError):
    """A setting that cannot be; the message is one line naming it."""


def require(holds: bool, message: str) -> None:
    """Raise ConfigError with `message` unless `holds`."""
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
        fork_share: share of games that begin as an earlier game of the same worker, up to a move
            drawn from it, and a random move there (KataGo: 4 %); then as with `opening_share`.
            With any, the games depend on how many workers there are.
        full_share: share of moves searched with all simulations and learned from; the others are
            searched with `fast_simulations` and no noise, only to move on (playout-cap
            randomisation; KataGo: 25 %, 600 against 100 visits). 1 for all.
        fast_simulations: of such a move, and of every move in a decided game.
        decided_value: a game is decided once the search has given one side at least this chance
            (0.5 to 1) for `decided_plies` moves in a row. It is played to its end all the same, for
            its true score, but fast and not learned from. 1 for never.
        decided_plies: see there.
        audit_share: share of games that are searched in full to the end, decided or not; they show
            how often the verdict was wrong, and keep positions of that kind in what is learned.
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
    fork_share: float = 0.0
    full_share: float = 1.0
    fast_simulations: int = 4
    decided_value: float = 1.0
    decided_plies: int = 6
    audit_share: float = 0.1
    max_moves: int = 162
    parallel_games: int = 64

    def __post_init__(self) -> None:
        _require_finite(self)
        require(2 <= self.board_size <= 19, f"board_size must be 2 to 19, not {self.board_size}")
        require(self.komi_low <= self.komi_high, "komi_low must not be above komi_high")
        require(self.komi_spread >= 0, f"komi_spread must be 0 or more, not {self.komi_spread}")
        for name in ("wide_share", "opening_share", "fork_share", "audit_share"):
            share = getattr(self, name)
            require(0 <= share <= 1, f"{name} must be 0 to 1, not {share}")
        require(0 < self.full_share <= 1, f"full_share must be above 0, not {self.full_share}")
        require(
            0.5 < self.decided_value <= 1,
            f"decided_value must be above 0.5 and at most 1, not {self.decided_value}",
        )
        for name in ("opening_moves", "fast_simulations", "decided_plies"):
            count = getattr(self, name)
            require(count >= 1, f"{name} must be 1 or more, not {count}")
        require(
            self.sampled_moves >= 0, f"sampled_moves must be 0 or more, not {self.sampled_moves}"
        )
        require(
            self.max_moves > self.opening_moves,
            f"max_moves ({self.max_moves}) must be more than opening_moves ({self.opening_moves})",
        )
        longest = 8 * self.board_size**2
        require(
            self.max_moves <= longest,
            f"max_moves must be at most {longest} on {self.board_size}x{self.board_size}, "
            f"not {self.max_moves}",
        )
        require(self.parallel_games >= 1, "parallel_games must be 1 or more")


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
        average_decay: the players get an exponential average of the weights, of which each step
            keeps this share (SWA and its kin; 0.998 averages over some 500 steps); 0 for the
            weights themselves.
        window: newest positions (of a board size) that samples are drawn from, at most.
        window_start: W, its size at first; after N positions it is
            W (1 + window_growth ((N/W)^window_power - 1) / window_power).
        window_growth, window_power: see there (KataGo: 0.4 and 0.75); a power of 1 has the window
            grow by `window_growth` of what comes in.
        min_positions: nothing is learned of a board size before this many positions are there.
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
    average_decay: float = 0.0
    window: int = 250_000
    window_start: int = 20_000
    window_growth: float = 0.5
    window_power: float = 1.0
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
            require(
                getattr(self, name) >= 1, f"{name} must be 1 or more, not {getattr(self, name)}"
            )
        for name in (
            "samples_per_position",
            "learning_rate",
            "gradient_clip",
            "window_growth",
            "window_power",
        ):
            value = getattr(self, name)
            require(value > 0, f"{name} must be above 0, not {value}")
        require(
            0 <= self.average_decay < 1,
            f"average_decay must be 0 or more and below 1, not {self.average_decay}",
        )
        for name in ("drop_from", "drop_to"):
            require(0 <= getattr(self, name) <= 1, f"{name} must be 0 to 1")
        for name in ("policy", "reply", "value", "score", "ownership"):
            weight = getattr(self, f"{name}_weight")
            require(weight >= 0, f"{name}_weight must be 0 or more, not {weight}")
        require(self.weight_decay >= 0, f"weight_decay must be 0 or more, not {self.weight_decay}")
        require(self.window >= 16, f"window must be 16 or more, not {self.window}")
        require(self.window_start <= self.window, "window_start must not be above window")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A smaller board at the beginning of a run, where capture, life and territory are learned for
    a fraction of the cost.

    Attributes:
        until: positions of the run, all boards counted, at which it ends.
        game: how it is played.
        num_simulations: of its searches; 0 for the run's.
        review: share of all later positions that are played on this board still.
    """

    until: int
    game: GameConfig
    num_simulations: int = 0
    review: float = 0.0

    def __post_init__(self) -> None:
        _require_finite(self)
        require(self.until >= 1, f"until must be 1 or more, not {self.until}")
        require(self.num_simulations >= 0, "num_simulations must be 0 or more")
        require(0 <= self.review < 1, f"review must be 0 or more and below 1, not {self.review}")


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
        worker_device: torch device of self-play in workers; one GPU can serve several.
        evaluator: what runs the network in self-play: `"torch"`, `"openvino"`, or `"auto"`:
            OpenVINO where it is installed, on the CPU.
        eight_bit: whether OpenVINO may run it in eight-bit arithmetic; bounds are measured on the
            replay with every new version of the weights.
        evaluate_every: iterations between two evaluations; 0 for none but the last.
        initial_weights: a weights file or shipped name to start from; empty: from nothing.
        keep_checkpoints: how many are kept.
        held_out_share: share of games that are never learned from; the losses on them are reported.
        lessons: smaller boards first, in this order; `game` is the board of the rest of the run.
        raise_simulations: pairs (positions, simulations): from so many positions of the run on, so
            many simulations a move instead of `search.num_simulations`.
        game, search, net, learn: the parts.
    """

    seed: int = 0
    total_positions: int = 1_000_000
    max_minutes: float = 0.0
    iteration_positions: int = 8_000
    workers: int = 2
    device: str = "cpu"
    worker_device: str = "cpu"
    evaluator: str = "auto"
    eight_bit: bool = False
    evaluate_every: int = 10
    initial_weights: str = ""
    keep_checkpoints: int = 3
    held_out_share: float = 0.0
    lessons: tuple[Lesson, ...] = ()
    raise_simulations: tuple[tuple[int, int], ...] = ()
    game: GameConfig = field(default_factory=GameConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    net: NetConfig = field(default_factory=NetConfig)
    learn: LearnConfig = field(default_factory=LearnConfig)

    def __post_init__(self) -> None:
        require(0 <= self.seed < 2**63, f"seed must be 0 to 2**63 - 1, not {self.seed}")
        require(self.total_positions >= 1, "total_positions must be 1 or more")
        require(
            math.isfinite(self.max_minutes) and self.max_minutes >= 0,
            f"max_minutes must be 0 (no limit) or more, not {self.max_minutes}",
        )
        require(self.iteration_positions >= 1, "iteration_positions must be 1 or more")
        require(0 <= self.workers <= 256, f"workers must be 0 to 256, not {self.workers}")
        require(
            self.evaluator in BACKENDS,
            f"evaluator must be one of {', '.join(BACKENDS)}, not {self.evaluator!r}",
        )
        require(self.evaluate_every >= 0, "evaluate_every must be 0 or more")
        require(self.keep_checkpoints >= 1, "keep_checkpoints must be 1 or more")
        require(
            0 <= self.held_out_share < 1,
            f"held_out_share must be 0 or more and below 1, not {self.held_out_share}",
        )
        self._check_schedules()

    def _check_schedules(self) -> None:
        ends = [lesson.until for lesson in self.lessons]
        require(ends == sorted(set(ends)), "each lesson must end later than the one before it")
        sizes = [lesson.game.board_size for lesson in self.lessons] + [self.game.board_size]
        require(len(set(sizes)) == len(sizes), "each lesson needs a board size of its own")
        require(
            sum(lesson.review for lesson in self.lessons) < 1,
            "the lessons' review shares must add up to less than 1",
        )
        starts = [start for start, _ in self.raise_simulations]
        require(
            starts == sorted(set(starts)) and all(start >= 0 for start in starts),
            "raise_simulations must be in order of positions",
        )
        require(
            all(simulations >= 1 for _, simulations in self.raise_simulations),
            "raise_simulations must name 1 or more simulations",
        )

    @property
    def games(self) -> list[GameConfig]:
        """All that is played in the run, in the order it comes."""
        return [lesson.game for lesson in self.lessons] + [self.game]

    def boards_at(self, positions: int) -> list[Board]:
        """What is played after so many positions of the run: the present board first, then those
        under review; their shares add up to 1."""
        taught = sum(lesson.until <= positions for lesson in self.lessons)
        if taught < len(self.lessons):
            lesson = self.lessons[taught]
            game, simulations = lesson.game, lesson.num_simulations
        else:
            game, simulations = self.game, 0
        reviews = [lesson for lesson in self.lessons[:taught] if lesson.review > 0]
        share = 1.0 - sum(lesson.review for lesson in reviews)
        return [
            Board(game, self._search_at(positions, simulations), share),
            *(
                Board(b.game, self._search_at(positions, b.num_simulations), b.review)
                for b in reviews
            ),
        ]

    def _search_at(self, positions: int, simulations: int) -> SearchConfig:
        if simulations == 0:
            raised = [n for start, n in self.raise_simulations if start <= positions]
            simulations = raised[-1] if raised else self.search.num_simulations
        return dataclasses.replace(self.search, num_simulations=simulations)


class Board(NamedTuple):
    """A board that self-play is busy on.

    Attributes:
        game, search: how it is played.
        share: of the positions, 0 to 1.
    """

    game: GameConfig
    search: SearchConfig
    share: float
