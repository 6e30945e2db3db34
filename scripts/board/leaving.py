"""Leaving the full screen in good order when a signal says so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Final

__all__ = ["leave_on_signals"]

_PATIENCE_S: Final = 3.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def leave_on_signals(leave: Callable[[int], None]) -> None:
    """Call `leave` with an exit code, in the running event loop, when the terminal closes or
    somebody asks us to end."""
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        # Who writes to a terminal that is gone may wait for ever; every move is in its file by now.
        last_resort = threading.Timer(_PATIENCE_S, os._exit, [128 + number])
        last_resort.daemon = True
        last_resort.start()
        leave(128 + number)

    for number in _SIGNALS:
        with contextlib.suppress(ValueError, NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, end, number)
