"""The exit statuses of commands, beside 0 and 1, whose meaning each command tells."""

from __future__ import annotations

MISUSED = 2
FAILED = 3
STOPPED = 130
#: What the shell shows for a program that the closing of its pipe has ended (128 + SIGPIPE).
PIPE_CLOSED = 141
