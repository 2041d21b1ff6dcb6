"""A client of a small application behind the guards."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gexlake.entrypoints.http.guards.stack import install_guards
from gexlake.entrypoints.settings.model import Settings
from support.guarded_app import MakeClient, make_app


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Give what the slow routes wait for."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def make_client(gate: threading.Event) -> Iterator[MakeClient]:
    """Give a function that makes a client of an application with these settings."""
    with ExitStack() as stack:
        stack.callback(gate.set)

        def make(**settings: Any) -> TestClient:
            app = make_app(gate)
            install_guards(app, Settings(**{"redis_url": None, "rate_limit": "off"} | settings))
            client = stack.enter_context(TestClient(app))
            stack.callback(gate.set)
            return client

        yield make
