"""GTP, the text protocol between Go programs, from both ends: other engines as agents, and our
agents as an engine."""

from agents.gtp.client import GtpAgent
from agents.gtp.engine import GtpEngine, serve
from agents.gtp.gnugo import find_gnugo, gnugo_agent, gnugo_margin
from agents.gtp.process import (
    EngineCrashError,
    EngineError,
    EngineIllegalMoveError,
    EngineProcess,
    EngineProtocolError,
    EngineRefusalError,
    EngineStartError,
    EngineTimeoutError,
)

__all__ = [
    "GtpAgent",
    "gnugo_agent",
    "find_gnugo",
    "gnugo_margin",
    "GtpEngine",
    "serve",
    "EngineProcess",
    "EngineError",
    "EngineStartError",
    "EngineCrashError",
    "EngineTimeoutError",
    "EngineProtocolError",
    "EngineRefusalError",
    "EngineIllegalMoveError",
]
