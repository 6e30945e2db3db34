"""The control: what a network learns whose games' results are shuffled, so that they say nothing.

It is trained once with `learn.shuffled_results=true` and otherwise as the run it stands beside. Its
milestones ship as a small JSON file for each board size, so that every report can draw them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.files import write_atomically
from selfplay.config import ConfigError
from selfplay.insight.measure import Milestone, Yardstick
from selfplay.insight.runs import Run
from selfplay.settings import config_to_dict

__all__ = ["Control", "control_file", "read_control", "require_control", "write_control"]

_FORMAT: Final = "untold-control-1"


@dataclass(frozen=True, slots=True)
class Control:
    """A control run's curve.

    Attributes:
        settings: what it was trained with, as in a run's config.json, for people to read.
        yardstick: what its numbers were measured with (see `Yardstick.key`).
        milestones: in order.
    """

    settings: Mapping[str, Any]
    yardstick: Mapping[str, Any]
    milestones: tuple[Milestone, ...]


def control_file(board_size: int) -> Path:
    """Where the control for a board size ships; there need be none."""
    return Path(__file__).resolve().parent / f"control_{board_size}x{board_size}.json"


def require_control(run: Run) -> None:
    """Refuse any run but a control.

    Raises:
        ConfigError: if `run` was not trained on shuffled results.
    """
    if not run.config.learn.shuffled_results:
        raise ConfigError(
            f"{run.path} is no control: it was not trained with learn.shuffled_results=true"
        )


def write_control(
    path: Path, run: Run, yardstick: Yardstick, milestones: Sequence[Milestone]
) -> None:
    """Write the control's curve.

    Raises:
        ConfigError: if `run` was not trained on shuffled results.
        OSError: if the file cannot be written.
    """
    require_control(run)
    content = {
        "format": _FORMAT,
        "settings": config_to_dict(run.config),
        "yardstick": yardstick.key,
        "milestones": [milestone.to_json() for milestone in milestones],
    }
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def read_control(path: Path) -> Control | None:
    """The curve in a file that `write_control` made; None if there is no such file.

    Raises:
        ConfigError: if the file is damaged or holds no control.
    """
    try:
        data = json.loads(path.read_bytes())
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ConfigError(f"{path} holds no control curve ({_FORMAT})")
        control = Control(
            dict(data["settings"]),
            dict(data["yardstick"]),
            tuple(Milestone.from_json(row) for row in data["milestones"]),
        )
    except FileNotFoundError:
        return None
    except ConfigError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is no usable control curve: {error}") from None
    if not control.milestones:
        raise ConfigError(f"{path} holds a control without a single network")
    return control
