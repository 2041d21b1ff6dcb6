"""Stopping cleanly, whoever asks for it: what was begun is undone, or said to be gone on with."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

#: How long until a stop is asked for again that Python has swallowed: it must be out of what swallows by then.
_AGAIN_SECONDS = 0.05


def stop_when_asked() -> None:
    """Stop as cleanly for whoever shuts the machine down as for Ctrl-C, unless the shell has that go past this.

    A stop that comes while Python is in a destructor or in a callback of its own, as there are when modules are loaded,
    raises nothing and is told as a traceback. It is asked for again.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupted)
    if getattr(sys.unraisablehook, "func", None) is not _heed:
        sys.unraisablehook = partial(_heed, sys.unraisablehook)


def stop_on_hangup() -> None:
    """Stop as cleanly when the terminal goes away, unless this was begun to outlive it (nohup)."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupted)


def leave_nothing_half_done() -> None:
    """Have whatever stops this command undo what it has begun: a file or a folder that is there only when it is whole.

    Without, SIGTERM and the end of the terminal end Python on the spot.
    """
    stop_when_asked()
    stop_on_hangup()


def _heed(tell: Callable[[UnraisableHookArgs], Any], unraisable: UnraisableHookArgs, /) -> None:
    """Ask for a stop again that was swallowed; tell what else was."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        tell(unraisable)
        return
    from threading import Timer

    again = Timer(_AGAIN_SECONDS, _ask_again)
    again.daemon = True
    again.start()


def _ask_again() -> None:
    from _thread import interrupt_main
    from threading import main_thread

    if hasattr(signal, "pthread_kill") and (main := main_thread().ident):
        signal.pthread_kill(main, signal.SIGTERM)  # which wakes it, too, if it waits for something
    else:
        interrupt_main(signal.SIGTERM)


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt
