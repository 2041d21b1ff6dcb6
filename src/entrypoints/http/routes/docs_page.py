"""The page that describes the API and lets one try it in a browser, which needs no other server for that."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

PATH = "/docs"


def add_docs_page(app: FastAPI) -> None:
    """Add the page and its files, which come with a package."""
    app.add_api_route(PATH, _page, include_in_schema=False)
    app.mount(PATH, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs")


async def _page(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title} API",
        swagger_js_url=f"{root}{PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{PATH}/swagger-ui.css",
        swagger_favicon_url="data:,",
    )
