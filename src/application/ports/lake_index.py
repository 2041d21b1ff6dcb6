"""The port of a lake's index as a thing: it can be held, made anew beside the lake, and put in place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime

from .unit_of_work import Lake


class LakeIndex(ABC):
    """What a lake knows apart from its parts and its journal; for DuckDB the file ``gex.duckdb``."""

    @abstractmethod
    def held(self) -> AbstractContextManager[None]:
        """Keep everybody else away from the lake inside the block.

        Raises:
            LakeBusy: another process has it.
        """

    @abstractmethod
    def settle(self) -> bool:
        """Finish what a kill left half done, and say whether the present index is there and can be opened.

        Raises:
            LakeBusy, LakeTooNew: as their names say.
        """

    @abstractmethod
    def draft(self) -> Lake:
        """Open an empty index beside the present one, over the lake's own parts; it keeps no journal."""

    @abstractmethod
    def put_in_place(self, draft: Lake, position: int, moment: datetime) -> str | None:
        """Let go of a draft that stands at an entry of the journal, and put it in the place of the present index.

        Returns:
            Where the present index was put aside; None if there was none.
        """

    @abstractmethod
    def throw_away(self, draft: Lake) -> None:
        """Let go of a draft, and remove it."""
