"""The behaviour of every work pool."""

from __future__ import annotations

import os
from concurrent.futures import wait

import pytest

from ..application.ports.work_pool import WorkPool
from ..domain.errors import DiskFull

_LONG = 60


def fill_the_disk(where: str) -> None:
    """Fail as a job does that finds no room."""
    raise DiskFull(where)


class WorkPoolSuite:
    """Give it a fixture ``pool``."""

    @pytest.fixture
    def pool(self) -> WorkPool:
        """Give the pool."""
        raise NotImplementedError

    @pytest.mark.parametrize("workers", [0, 1, 2])
    def test_results_come_back(self, pool: WorkPool, workers: int) -> None:
        """Each to the future of its job, however many jobs there are for a worker."""
        with pool.executor(workers) as executor:
            futures = [executor.submit(divmod, number, 3) for number in range(20)]
            assert [future.result(_LONG) for future in futures] == [divmod(number, 3) for number in range(20)]
            assert list(executor.map(abs, [-1, -2], timeout=_LONG)) == [1, 2]

    @pytest.mark.parametrize("workers", [0, 1])
    def test_errors_come_back(self, pool: WorkPool, workers: int) -> None:
        """And the next job is done as if nothing had happened."""
        with pool.executor(workers) as executor:
            bad, good = executor.submit(divmod, 7, 0), executor.submit(divmod, 7, 2)
            assert isinstance(bad.exception(_LONG), ZeroDivisionError)
            assert good.result(_LONG) == (3, 1)

    @pytest.mark.parametrize("workers", [0, 1])
    def test_an_error_of_gexlake_comes_back_with_its_facts(self, pool: WorkPool, workers: int) -> None:
        """Not only its sentence: the import asks which one it is."""
        with pool.executor(workers) as executor:
            error = executor.submit(fill_the_disk, "/lake").exception(_LONG)
        assert isinstance(error, DiskFull)
        assert (error.where, str(error)) == ("/lake", str(DiskFull("/lake")))

    def test_with_no_workers_a_job_is_done_when_it_is_submitted(self, pool: WorkPool) -> None:
        """In this process: for so little work that others would not be worth their start."""
        with pool.executor(0) as executor:
            future = executor.submit(os.getpid)
            assert wait([future], timeout=0).not_done == set()
            assert future.result() == os.getpid()

    @pytest.mark.parametrize("workers", [0, 1])
    def test_after_its_end_it_takes_no_more_jobs(self, pool: WorkPool, workers: int) -> None:
        """The pool gives another executor, which does."""
        executor = pool.executor(workers)
        executor.shutdown()
        with pytest.raises(RuntimeError):
            executor.submit(abs, -1)
        with pool.executor(workers) as other:
            assert other.submit(abs, -1).result(_LONG) == 1
