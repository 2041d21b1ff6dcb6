"""Lakes in memory with the parts that a test names, and clients of the app over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from fastapi.testclient import TestClient

from gexlake.adapters.plugins.loaded import Plugins
from gexlake.adapters.plugins.manager import load_plugins
from gexlake.application.ports.unit_of_work import Lake
from gexlake.domain.snapshot import GexSnapshot
from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.http.app import create_app
from gexlake.entrypoints.settings.model import Settings
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import stage_part

Snapshots = Sequence[GexSnapshot]


def put(lake: Lake, *parts: Snapshots) -> None:
    """Commit parts, each in a unit of its own."""
    for snapshots in parts:
        part, table = stage_part(lake.sink, snapshots)
        with lake.unit() as unit:
            unit.add_part(part, table)
            unit.commit()


def lake_of(*parts: Snapshots) -> InMemoryLake:
    """Make a lake of some parts."""
    lake = InMemoryLake()
    put(lake, *parts)
    return lake


@cache
def installed() -> Plugins:
    """Load the plugins that are installed, once: to look for them takes longer than to make an application."""
    return load_plugins()


def client_of(*parts: Snapshots, lake: Lake | None = None) -> TestClient:
    """Make a client of the app over a lake, or over one of some parts; what fails is answered, not raised."""
    app = create_app(
        build_container(Settings(lineage_store="memory", rate_limit="off"), installed()), lake or lake_of(*parts)
    )
    return TestClient(app, raise_server_exceptions=False)


def pages(client: TestClient, url: str) -> Iterator[Any]:
    """Give an answer and those that its links lead to, each when it is wanted."""
    while url:
        response = client.get(url)
        yield response
        url = response.links.get("next", {}).get("url", "")
