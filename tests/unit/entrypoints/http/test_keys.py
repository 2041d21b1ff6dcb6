"""API keys: what is open, what they open, and what is said to those without."""

import threading

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from gexlake.entrypoints.settings.binding import BindingRefused, check_binding
from gexlake.entrypoints.settings.model import Settings
from support.guarded_app import MakeClient

KEYS = ("ann:read:ann's key", "bob:import:key:of:bob", "eve:read+import:ünlock")


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    """Give a client of a server with keys."""
    return make_client(api_keys=KEYS)


def bearer(key: str) -> dict[str, str]:
    """Give the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def test_without_keys_everything_is_open(make_client: MakeClient) -> None:
    """A server on one's own machine needs none."""
    client = make_client()
    assert client.get("/items/1").json() == 1
    assert client.post("/import", json=[1]).status_code == 200


def test_whether_the_server_is_well_is_told_to_everybody(client: TestClient) -> None:
    """Those who watch over it have no key."""
    assert client.get("/health").json() == "well"


def test_commands_on_the_server_s_machine_have_a_token_of_their_own(client: TestClient) -> None:
    """The routes that they use ask for it themselves."""
    assert client.get("/handoff/imports").json() == "no token"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer(""),
        {"Authorization": "ann's key"},
        {"Authorization": "Basic ann's key"},
        {"X-API-Key": "ann"},
        {"X-API-Key": ""},
    ],
)
@pytest.mark.parametrize("path", ["/items/1", "/imports/1", "/metrics", "/docs/nothing", "/nothing", "/health/"])
def test_without_a_known_key_there_is_no_answer(client: TestClient, headers: dict[str, str], path: str) -> None:
    """Not even that there is no such route."""
    answer = client.get(path, headers=headers, follow_redirects=False)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {
        "error": "This needs a key that the server knows. Send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
        "details": {},
    }


@pytest.mark.parametrize(
    "headers", [bearer("ann's key"), {"authorization": "bearer  ann's key"}, {"X-API-Key": "ann's key"}]
)
def test_a_key_can_be_sent_in_two_ways(client: TestClient, headers: dict[str, str]) -> None:
    """The usual one, and one for tools that keep that header for themselves."""
    assert client.get("/items/1", headers=headers).json() == 1


@pytest.mark.parametrize(
    ("key", "asks", "imports", "watches"),
    [("ann's key", 200, 403, 200), ("key:of:bob", 403, 200, 200), ("ünlock".encode(), 200, 200, 200)],
    ids=["read", "import", "both"],
)
def test_a_key_is_good_for_its_scopes(
    client: TestClient, key: str | bytes, asks: int, imports: int, watches: int
) -> None:
    """Reading and importing are apart; both may watch an import."""
    headers = {"X-API-Key": key}
    assert client.get("/items/1", headers=headers).status_code == asks
    assert client.post("/import", json=[1], headers=headers).status_code == imports
    assert client.get("/imports/run-7", headers=headers).status_code == watches


def test_a_scope_that_is_missing_is_named(client: TestClient) -> None:
    """In the shape of all errors."""
    answer = client.post("/import", json=[1], headers=bearer("ann's key"))
    assert answer.json() == {
        "error": "This key has no scope import. Use one that has.",
        "details": {"scopes": ["import"]},
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PURGE"])
def test_whatever_may_change_something_needs_the_scope_import(client: TestClient, method: str) -> None:
    """Routes to come are closed until somebody opens them."""
    assert client.request(method, "/items/1", headers=bearer("ann's key")).status_code == 403


def test_there_is_no_way_around_the_keys_by_another_protocol(client: TestClient) -> None:
    """No route speaks WebSocket."""
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/items/1"):
        pass
    assert caught.value.code == 1008


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost"])
def test_a_server_of_this_machine_needs_no_keys(host: str) -> None:
    """Nobody else reaches it."""
    check_binding(Settings(host=host, api_keys=()))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "lake.example.org", "", "localhost.example.org"])  # noqa: S104
def test_a_server_for_others_needs_keys(host: str) -> None:
    """Or the word of its owner that it shall be open."""
    with pytest.raises(BindingRefused, match="GEXLAKE_API_KEYS"):
        check_binding(Settings(host=host, api_keys=()))
    check_binding(Settings(host=host, api_keys=KEYS))
    check_binding(Settings(host=host, api_keys=(), insecure=True))


def test_the_published_description_says_what_needs_a_key(
    client: TestClient, make_client: MakeClient, gate: threading.Event
) -> None:
    """And a key of which scope; of a server without keys it says nothing of them."""
    published = client.get("/openapi.json", headers=bearer("ann's key")).json()
    assert published["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer KEY"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    gate.set()
    asking = TestClient(client.app, raise_server_exceptions=False)
    keys = {"read": "ann's key", "import": "key:of:bob"}
    for path, operations in published["paths"].items():
        for method, operation in operations.items():
            ways = {(scheme, scope) for way in operation["security"] for scheme, (scope,) in way.items()}
            good = {
                (scheme, scope)
                for scope, key in keys.items()
                for scheme, headers in (("bearer", bearer(key)), ("header", {"X-API-Key": key}))
                if asking.request(method, path, headers=headers).status_code != 403
            }
            is_open = asking.request(method, path).status_code != 401
            assert ways == (set() if is_open else good), path
    assert "securitySchemes" not in make_client().get("/openapi.json").json()["components"]
