"""What the OpenAPI page promises, asked by a machine that thinks of much: nothing is answered against it."""

from pathlib import Path

import schemathesis
from fastapi import FastAPI
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gexlake.entrypoints.container import build_container
from gexlake.entrypoints.http.app import create_app
from gexlake.entrypoints.settings.model import load_settings
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import (
    make_file,
    make_reject,
    make_rejects,
    make_run,
    make_snapshot,
    make_snapshots,
    stage_part,
)


def served() -> FastAPI:
    """Make the app of a lake with two feeds, lineage and rejects."""
    lake = InMemoryLake()
    for snapshots in (make_snapshots(200), [make_snapshot(category="gex_one")]):
        part, table = stage_part(lake.sink, snapshots)
        with lake.unit() as unit:
            unit.add_part(part, table)
            unit.lineage.save_run(make_run())
            unit.lineage.add_file(make_file(1, errors=("torn",)))
            unit.lineage.add_rejects(make_rejects([make_reject(0), make_reject(1, raw=b"\xff")]))
            unit.commit()
    return create_app(build_container(load_settings(lake=Path("nowhere"), cache="memory")), lake)


# The same questions each time; a stream of events ends only with its import.
config = SchemathesisConfig.from_dict({"generation": {"max-examples": 12, "deterministic": True}})
schema = schemathesis.openapi.from_asgi("/openapi.json", served(), config=config).exclude(path_regex="/events$")


#: What no schema can say: the beginning of the sentence with which something is refused that fits the schema.
BEYOND_SCHEMAS = (
    "end lies before start",
    "This is no cursor",
    "cursor goes on where an answer ended",
    "The cursor belongs to another",
    "This server takes no imports over HTTP",
)


def test_the_published_description_is_openapi() -> None:
    """Of a server with keys, which says more."""
    keys = {"api_keys": ("ann:read:secret",), "cache": "none"}
    app = create_app(build_container(load_settings(lake=Path("nowhere"), **keys)), InMemoryLake())
    schemathesis.openapi.from_dict(app.openapi()).validate()


@schema.parametrize()
def test_the_api_keeps_what_its_schema_promises(case: Case) -> None:
    """Statuses, media types, bodies and headers; what is invalid is refused, what is valid is not."""
    response = case.call()
    refused = response.status_code == 400 and response.json()["error"].startswith(BEYOND_SCHEMAS)
    case.validate_response(response, excluded_checks=[positive_data_acceptance] if refused else [])
