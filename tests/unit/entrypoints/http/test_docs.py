"""The page about the HTTP API holds what the app has, no more and no less."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from gexlake.application.asking.draw_heatmap import MOST_CELLS, MOST_COLUMNS
from gexlake.entrypoints.http.parameters.formats import MEDIA_TYPES
from support.serving import client_of

PAGE = (Path(__file__).parents[4] / "docs" / "http.md").read_text(encoding="utf-8")
#: What describes the API or is for the command line beside the server only.
UNLISTED = ("/openapi.json", "/docs")


@pytest.fixture(scope="module")
def app() -> Any:
    """Give an app."""
    return client_of().app


def sections() -> dict[str, str]:
    """Give the text about each route, by method and path."""
    parts = re.split(r"^### `(GET|POST|DELETE) (\S+)`$", PAGE, flags=re.MULTILINE)
    return {f"{method} {path}": text for method, path, text in zip(*(parts[n::3] for n in (1, 2, 3)), strict=True)}


def test_every_route_has_a_section_and_every_section_a_route(app: FastAPI) -> None:
    """By method and path."""
    routes = {
        f"{method} {context.path}"
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
        if context.path not in UNLISTED and getattr(context.route, "include_in_schema", True)
    }
    assert set(sections()) == routes


def test_every_parameter_is_explained(app: FastAPI) -> None:
    """In the section of its route; headers aside."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            text = sections()[f"{method.upper()} {path}"]
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query":
                    assert f"`{parameter['name']}`" in text, (path, parameter["name"])


def test_the_published_parameters_say_what_their_route_means(app: FastAPI) -> None:
    """Routes about all feeds take no usual one where none is named, and sessions are no days of UTC."""
    paths = app.openapi()["paths"]
    for path in ("/coverage", "/flagged"):
        told = {one["name"]: one["description"] for one in paths[path]["get"]["parameters"]}
        assert all("default is all" in told[name] for name in ("symbol", "package", "category")), path
    told = {one["name"]: one["description"] for one in paths["/coverage"]["get"]["parameters"]}
    assert all("a date is a trading day" in told[name] for name in ("start", "end"))


def test_every_form_and_limit_is_named() -> None:
    """As the code has them."""
    for form, media in MEDIA_TYPES.items():
        assert f"| `{form}` | `{media}`" in PAGE
    assert f"at most {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells" in PAGE
