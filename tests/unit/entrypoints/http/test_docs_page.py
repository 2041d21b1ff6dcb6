"""The page that describes the API: it has all it needs from its own server, with or without a key."""

import re

import pytest
from fastapi.testclient import TestClient

from gexlake.entrypoints.http.guards.guarded import GuardedApp
from gexlake.entrypoints.http.guards.keys import KeyGuard, KeyRing
from support.serving import client_of


@pytest.fixture(params=["open", "with keys"])
def client(request: pytest.FixtureRequest) -> TestClient:
    """Give a client without a key."""
    app = client_of().app
    assert isinstance(app, GuardedApp)
    if request.param == "with keys":
        app.put_before(KeyGuard, ring=KeyRing(["ann:read:secret"]))
    return TestClient(app)


def test_the_page_has_all_it_needs_from_its_own_server(client: TestClient) -> None:
    """Script, style and the description itself; an image that is none keeps browsers from asking for one."""
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    links = re.findall(r"""(?:href|src)="([^"]*)"|url: '([^']*)'""", page.text)
    found = {one or other for one, other in links}
    assert found == {"/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "data:,", "/openapi.json"}
    for path in found - {"data:,"}:
        answer = client.get(path)
        assert answer.status_code == 200
        assert len(answer.content) > 10_000
    assert not re.search(r"https?://", page.text)
