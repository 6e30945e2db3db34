"""What all tests share: GNU Go's whereabouts, one thread per test process, fixed examples."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

# Debian puts games into /usr/games, which is often not on PATH.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/games"])

# Several test processes share the cores; torch and OpenMP must not each take all of them.
# Set before anything imports torch.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every run; a first call may compile kernels, so no deadline per example.
settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def gnugo() -> str:
    """Path of GNU Go, the optional anchor and rules oracle; skips the test where it is absent."""
    path = shutil.which("gnugo")
    if path is None:
        pytest.skip("GNU Go is not installed (on Debian or Ubuntu: apt-get install gnugo)")
    return path
