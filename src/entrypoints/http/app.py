"""The app: routes over one open lake, made by a function so that several can live in one process."""

from __future__ import annotations

from functools import partial

from fastapi import Depends
from fastapi.routing import iter_route_contexts

from ... import __version__
from ...adapters.layers.watched_lake import WatchedLake
from ...application.importing.import_jobs import ImportJobs
from ...application.ports.unit_of_work import Lake
from ..container import Container
from .answering.answers import Answers
from .answering.long_answers import LongAnswers
from .guards.guarded import GuardedApp
from .guards.stack import install_guards
from .imports.events import describe_events
from .parameters.known_parameters import learn_parameters, only_known
from .refusing.errors import FAILURE, translate_errors
from .routes import coverage, day, feeds, flagged, handoff, health, heatmap, imports, ladder, levels, lineage, snapshots
from .routes.docs_page import add_docs_page
from .shortcuts import Shortcuts

#: Top to bottom as the documentation lists them; the first route that fits a request answers it.
ROUTERS = (
    snapshots.router,
    ladder.router,
    levels.router,
    heatmap.router,
    day.router,
    feeds.router,
    coverage.router,
    flagged.router,
    lineage.router,
    imports.router,
    handoff.router,
)

_DESCRIPTION = """\
Options gamma exposure (GEX) history: snapshots, strike ladders, and where they came from.

Moments are ISO-8601, UTC unless they name an offset, or Unix time; answers have them as ISO-8601 UTC. Every
failure is `{"error": "a sentence that ends with the cure", "details": {}}`.
"""


def make_routes(app: GuardedApp) -> None:
    """Have the framework make of all routes what it else makes at the first request, which would wait for it."""
    for _ in iter_route_contexts(app.routes):
        pass


def create_app(container: Container, lake: Lake) -> GuardedApp:
    """Make the app that serves a lake.

    The lake is open and settled already, and stays the caller's to close. Imports go through ``app.state.lake``, which
    lets no answer be remembered longer than it is true.
    """
    app = GuardedApp(
        title="gexlake",
        version=__version__,
        description=_DESCRIPTION,
        responses={"default": FAILURE},
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        # A redirect has no words, and behind a proxy leads to an address of plain http.
        redirect_slashes=False,
    )
    watched = WatchedLake(lake)
    answers = Answers(watched, container.cache())
    watched.changed.append(answers.forget)
    app.state.container, app.state.lake, app.state.answers = container, watched, answers
    app.state.long_answers = LongAnswers()
    app.state.import_jobs = ImportJobs(container.clock())
    translate_errors(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(only_known)])
    app.include_router(health.router)
    learn_parameters(app, ROUTERS)
    add_docs_page(app)
    app.descriptions.append(describe_events)
    settings = container.settings()
    # Whoever wants nothing remembered has every answer made anew.
    changes = None if settings.cache == "none" else lambda: answers.changes
    shortcuts = partial(Shortcuts, state=app.state, seconds=settings.request_timeout_seconds)
    install_guards(app, settings, changes=changes, shortcuts=shortcuts)
    return app
