"""The one way this project makes a compiled kernel.

Numba's on-disk cache looks only at the file a kernel stands in, not at the files of the
functions it calls (and inlines). A change in a callee would therefore run stale code. So the
cache folder's name holds a hash over *all* kernel sources: any edit gives a new, empty cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["bare_kernel", "cache_folder", "inlined_kernel", "kernel"]

_ROOT = Path(__file__).resolve().parent.parent
_MARK = b"_jit import"


def _source_hash() -> str:
    """Hash of every source file of ours that makes kernels, and of numba's version."""
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for package in ("go_engine", "agents", "selfplay"):
        for path in sorted((_ROOT / package).rglob("*.py")):
            text = path.read_bytes()
            if _MARK in text or path.parent.name == "go_engine":
                digest.update(str(path.relative_to(_ROOT)).encode())
                digest.update(text)
    return digest.hexdigest()[:16]


def _private_folder(folder: Path) -> bool:
    """Make `folder` if needed; True if it is ours alone and can be written."""
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        status = folder.stat()
    except OSError:
        return False
    owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    closed = not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return owned and closed and os.access(folder, os.W_OK)


@cache
def cache_folder() -> Path | None:
    """The folder compiled kernels are kept in, or None where no private folder can be made."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    user = os.getuid() if hasattr(os, "getuid") else 0
    for parent in (base / "untold", Path(tempfile.gettempdir()) / f"untold-{user}"):
        if _private_folder(parent) and _private_folder(parent / _source_hash()):
            return parent / _source_hash()
    return None


@contextlib.contextmanager
def _our_cache() -> Iterator[bool]:
    """Point numba at our cache while a kernel is made, and back afterwards."""
    folder = cache_folder()
    if folder is None:
        yield False
        return
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        yield True
    finally:
        config.CACHE_DIR = before


def _compiled(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    with _our_cache() as can_cache:
        jit = numba.njit(cache=can_cache, nogil=True, error_model="numpy", **options)
        return cast("Callable[P, R]", jit(function))


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` with numba: no Python objects, no GIL, cached on disk.

    Kernels never check bounds: callers pass arrays of the documented shapes and dtypes.

    What makes them fast, beyond the obvious: numba counts references to array arguments with
    atomic instructions, several nanoseconds each, and leaves that out only where it can match
    each count with its end: where no other kernel is really called (hence `inlined_kernel` for
    the parts of hot ones) and every array argument is last used on a path common to all branches
    (hence single returns, and last reads placed before a branch).
    """
    return _compiled(function)


def inlined_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A `kernel` whose code is put into every kernel that calls it: for small or hot parts."""
    return _compiled(function, forceinline=True)


def bare_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """A `kernel` without numba's memory runtime, for hot code of many small kernels with many
    arrays: nothing is counted, so nothing may be allocated, in it or in what it calls (an attempt
    does not compile). Told features are read in half the time."""
    return _compiled(function, _nrt=False)
