"""How many snapshots' ladders make a row group."""

from __future__ import annotations

#: Where nobody asks for another size: those of an import, and of what is written anew.
ROW_GROUP = 150
