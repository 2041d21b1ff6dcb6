"""How a server that owns a lake imports into it: for real, or into a scratch lake beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....adapters.processes.threads import give_way_here
from ....application.importing.clearing.settling import settled_after_failure
from ....application.importing.import_jobs import RunImport
from ....application.importing.import_request import ImportRequest
from ....application.ports.progress import ProgressListener
from ....application.ports.source_reader import SourceReader
from ....application.ports.unit_of_work import Lake
from ....domain.runs import ImportRun
from ...container import Container
from ...lakes import scratch


def importing(
    container: Container, lake: Lake, readers: Mapping[str, Callable[[], SourceReader]] | None = None
) -> RunImport:
    """Give what imports into a lake that is open for writing; ``readers`` take the place of the container's.

    Its workers, and the thread that runs it, give way to the questions that the server answers meanwhile.
    """
    chosen = {"pool": container.server_work_pool()} | ({} if readers is None else {"readers": readers})

    def run(request: ImportRequest, listener: ProgressListener) -> ImportRun:
        made: ImportRun
        give_way_here()
        if request.dry_run:
            with scratch(container) as empty:
                made = container.import_history(empty, base=lake, **chosen).run(request, listener)
            return made
        with settled_after_failure(lake):  # else the run would seem to be running for as long as the server does
            made = container.import_history(lake, **chosen).run(request, listener)
        return made

    return run
