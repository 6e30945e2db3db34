"""What all tests share: GNU Go's whereabouts, one thread per test process, fixed examples."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from hypothesis import settings

# Debian puts games into /usr/games, which is often not on PATH.
os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/games"])

# Several test processes share the cores; torch and OpenMP must not each take all of them.
# Set before anything imports torch.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what runs in its background deaf to Ctrl-C (and nohup to a closed terminal), and so
# would be the programs that tests interrupt.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        _hears = signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL
        signal.signal(_number, _hears)

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
