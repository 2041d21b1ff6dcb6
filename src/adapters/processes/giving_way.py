"""Imported to give way: by the server that workers are forked from, where something else is more urgent."""

from __future__ import annotations

from .fork_server import give_way

give_way()
