"""A run on its way to another machine, and the milestones that are kept of it for good.

An export is one tar file: settings, metrics, the newest checkpoint, the newest network, and as many
of the freshest games as fit a size. A milestone is a folder of a few MB that can be committed:
settings, metrics and the network in half precision, with the run's counters in its header. A run
that goes on from a milestone has neither optimizer nor games: it warms up again, and plays
`learn.window_start` positions before it learns.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any, Final

from agents.base import AgentError
from agents.files import write_atomically
from agents.net import load_bounds, read_weights, save_net
from selfplay.archive import FOLDERS
from selfplay.checkpoint import newest_checkpoint, save_checkpoint
from selfplay.learner import Learner
from selfplay.run import SESSIONS, RunError, make_folders, newest_net, read_config, start_net

__all__ = ["export_run", "import_run", "resume_milestone", "save_milestone"]

MILESTONE_NET: Final = "net.safetensors"

_MEGABYTE: Final = 1_000_000
_PARTS: Final = re.compile(
    r"config\.json|(metrics|sessions)\.jsonl|(games|heldout)/\d{8}\.npz|nets/\d{8}\.safetensors"
    r"|checkpoints/\d{8}/[a-z]+\.(safetensors|json|npz)"
)
_LARGEST: Final = 64_000 * _MEGABYTE


def export_run(run: Path, file: Path, megabytes: float) -> int:
    """Write the run as a tar file of at most so many MB (10^6 bytes); games left out.

    What must go is everything but the games; of these the freshest that fit are taken. The run may
    be going on meanwhile.

    Raises:
        RunError: if there is no run, no checkpoint yet, or what must go does not fit.
        OSError: if a file cannot be read or written.
    """
    read_config(run)
    checkpoint, _ = newest_checkpoint(run / "checkpoints")
    if checkpoint is None:
        raise RunError(f"{run} has no checkpoint yet")
    needed = [run / "config.json", newest_net(run), *sorted(checkpoint.iterdir())]
    needed += [path for path in (run / "metrics.jsonl", run / SESSIONS) if path.exists()]
    room = megabytes * _MEGABYTE - sum(map(_size_in_tar, needed)) - tarfile.RECORDSIZE
    if room < 0:
        raise RunError(f"the export needs {-room / _MEGABYTE:.1f} MB more than {megabytes:g} MB")
    shards = [path for folder in FOLDERS for path in (run / folder).glob("*.npz")]
    left_out = 0
    for path in sorted(shards, key=lambda path: path.name, reverse=True):
        room -= _size_in_tar(path)
        if room >= 0:
            needed.append(path)
        else:
            left_out += 1
    part = file.with_name(file.name + ".part")
    try:
        with tarfile.open(part, "w") as tar:
            for path in needed:
                _add(tar, path, str(path.relative_to(run)))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return left_out


def _size_in_tar(path: Path) -> int:
    return tarfile.BLOCKSIZE + -(-path.stat().st_size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file as it is at this moment: of one that grows, the whole lines so far."""
    data = path.read_bytes()
    if path.suffix == ".jsonl":
        data = data[: data.rfind(b"\n") + 1]
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


def import_run(file: Path, run: Path) -> None:
    """Unpack what `export_run` wrote into a folder that does not exist yet; then go on with it.

    Raises:
        RunError: if the folder exists, or the file is not an export.
        OSError: if a file cannot be read or written.
    """
    if run.exists():
        raise RunError(f"{run} exists already; name another folder")
    part = run.with_name(run.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        make_folders(part)
        with tarfile.open(file) as tar:
            for entry in tar:
                _unpack(tar, entry, part, file)
        read_config(part)
        part.replace(run)
    except tarfile.TarError as error:
        raise RunError(f"{file} is no export of a run: {error}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _unpack(tar: tarfile.TarFile, entry: tarfile.TarInfo, into: Path, file: Path) -> None:
    """Write one part of an export down. Only plain files with the names of a run's parts are."""
    content = tar.extractfile(entry) if entry.isreg() else None
    if content is None or not _PARTS.fullmatch(entry.name) or entry.size > _LARGEST:
        raise RunError(f"{file} is no export of a run: it holds {entry.name!r}")
    path = into / entry.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        shutil.copyfileobj(content, out)


def save_milestone(run: Path, folder: Path) -> None:
    """Keep the run's newest kept network, its settings, and the metrics up to that network, in
    `folder`, made if needed.

    Raises:
        RunError: if there is no run, or it has kept no network yet.
        OSError: if a file cannot be read or written.
    """
    read_config(run)
    folder.mkdir(parents=True, exist_ok=True)
    net, metrics = newest_net(run), run / "metrics.jsonl"
    iteration = int(read_weights(net)[2]["iteration"])
    lines = metrics.read_text().splitlines(keepends=True) if metrics.exists() else []
    lines = [line for line in lines if line.endswith("\n")]
    kept = "".join(line for line in lines if json.loads(line)["iteration"] <= iteration)
    write_atomically(folder / MILESTONE_NET, net.read_bytes())
    write_atomically(folder / "config.json", (run / "config.json").read_bytes())
    write_atomically(folder / "metrics.jsonl", kept.encode())
    if (run / SESSIONS).exists():
        write_atomically(folder / SESSIONS, (run / SESSIONS).read_bytes())


def resume_milestone(folder: Path, run: Path) -> None:
    """Make `run` a run that goes on where the milestone in `folder` was kept.

    Raises:
        RunError: if `run` exists, or the milestone does not fit together.
        OSError: if a file cannot be read or written.
    """
    config = read_config(folder)
    if run.exists():
        raise RunError(f"{run} exists already; name another folder")
    try:
        sizes, tensors, facts = read_weights(folder / MILESTONE_NET)
    except AgentError as error:
        raise RunError(f"{folder} is no milestone: {error}") from None
    if sizes != config.net or not isinstance(facts.get("boards"), dict):
        raise RunError(f"{folder} is no milestone: its network and its settings do not fit")
    learner = Learner(start_net(config), config.learn, config.device)
    learner.net.load_state_dict(
        {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}
    )
    learner.restart_average()
    counters: dict[str, Any] = {n: v for n, v in facts.items() if n != "board_size"}
    learner.steps = int(counters["steps"])
    for board in counters["boards"].values():
        board["targets"] -= config.learn.window_start  # so many that call for no steps
    part = run.with_name(run.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        make_folders(part)
        for name in ("config.json", "metrics.jsonl", SESSIONS):
            if (folder / name).exists():
                write_atomically(part / name, (folder / name).read_bytes())
        net = part / "nets" / f"{counters['iteration']:08d}.safetensors"
        save_net(learner.net, net, half=True, bounds=load_bounds(folder / MILESTONE_NET), **facts)
        save_checkpoint(part / "checkpoints", learner, counters, [], config.keep_checkpoints)
        part.replace(run)
    finally:
        shutil.rmtree(part, ignore_errors=True)
