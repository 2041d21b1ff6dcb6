"""Stopping cleanly, whoever asks for it: what was begun is undone, or said to be gone on with."""

from __future__ import annotations

import signal
from typing import NoReturn


def stop_when_asked() -> None:
    """Stop as cleanly for whoever shuts the machine down as for Ctrl-C, unless the shell has that go past this."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupted)


def stop_on_hangup() -> None:
    """Stop as cleanly when the terminal goes away, unless this was begun to outlive it (nohup)."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupted)


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt
