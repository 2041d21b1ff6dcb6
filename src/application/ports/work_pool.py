"""The port that runs parse-and-stage jobs: the standard library's executor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it loads others, too slowly for whoever wants to know what is little work
    from concurrent.futures import Executor

#: Bytes that one process parses in less time than others take to start.
LITTLE_WORK = 16 * 1024 * 1024


class WorkPool(ABC):
    """Gives executors. Jobs and their results can be pickled and share the lake's staging folder.

    ``little_work`` is how many bytes the calling process had better read by itself, with 0 workers.
    """

    little_work: int = LITTLE_WORK

    @abstractmethod
    def executor(self, workers: int) -> Executor:
        """Start an executor that runs up to ``workers`` jobs at a time.

        With 0 it runs each job at once in the calling process: for so little work that starting others would cost
        more. One that may stop handing out jobs without a word has a method ``lost()``, which says whether it has:
        else whoever waits for a job would wait for ever.
        """
