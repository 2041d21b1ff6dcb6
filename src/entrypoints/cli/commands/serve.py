"""``gexlake serve``: answer questions about the lake over HTTP, and import into it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..asked.options import on_lake
from ..asked.values import Whole
from ..session import Session

if TYPE_CHECKING:
    from ...server.server_file import ServerFile


@click.command
@click.option("--host", metavar="ADDRESS", help="Listen here.  [default: 127.0.0.1, this machine only]")
@click.option("--port", type=Whole(0, 65535), metavar="N", help="Listen on this port; 0 is any.  [default: 8080]")
@click.option("--insecure", is_flag=True, help="Listen beyond this machine without API keys.")
@click.option("--workers", type=Whole(1), default=1, hidden=True)
@on_lake
@click.pass_obj
def serve(session: Session, /, *, host: str | None, port: int | None, insecure: bool, workers: int) -> None:
    """Serve the lake over HTTP until Ctrl-C or SIGTERM.

    The server owns the lake: imports run in it, also those of 'gexlake import' beside it. It answers what is being
    asked, and stops an import at a commit, before it ends.
    """
    if workers > 1:
        raise click.UsageError(
            "--workers is not for servers: one process owns a lake, and DuckDB lets no second one in beside it. "
            "This one answers from many threads; GEXLAKE_WORKERS says how many files an import parses at a time."
        )
    from ...http.guards.logging import install_logging
    from ...http.serving import serve
    from ...settings.binding import check_binding

    container = session.container(host=host, port=port, insecure=insecure or None)
    settings = container.settings()
    check_binding(settings)
    install_logging(settings)

    def ready(server: ServerFile) -> None:
        click.echo(f"Serving {settings.lake} at {server.url} (process {server.pid}). Stop with Ctrl-C.", err=True)

    serve(container, settings.host, settings.port, ready)
