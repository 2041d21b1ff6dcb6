"""``GET /health`` and ``GET /ready``: whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from .... import __version__
from ..state import AppLake

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """Word of a process that lives."""

    status: str = Field(description="Always ok.", examples=["ok"])
    version: str = Field(description="The version of gexlake.", examples=["1.0.0"])


class Readiness(BaseModel):
    """Word of a lake that answers."""

    status: str = Field(description="Always ready; a lake that does not answer gives 503.", examples=["ready"])
    feeds: int = Field(description="How many feeds the lake holds.", examples=[3])


@router.get("/health", summary="Whether the server lives")
async def health() -> Health:  # no thread: one is had for three times the work, if any is free
    """Answer at once, whatever the lake does."""
    return Health(status="ok", version=__version__)


@router.get("/ready", summary="Whether the server can answer questions")
def ready(lake: AppLake) -> Readiness:
    """Ask the lake a small question; it answers, or this request fails with what is in the way."""
    return Readiness(status="ready", feeds=len(lake.snapshots.feeds()))
