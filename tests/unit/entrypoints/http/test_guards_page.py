"""docs/serving-guards.md says what the guards do."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gexlake.entrypoints.http.guards.rates import Verdict
from gexlake.entrypoints.settings.api_keys import SCOPES
from gexlake.entrypoints.settings.model import Settings
from support.guarded_app import MakeClient

PAGE = (Path(__file__).parents[4] / "docs" / "serving-guards.md").read_text(encoding="utf-8")


def test_the_page_names_every_metric_with_its_labels(make_client: MakeClient) -> None:
    """In the rows of its table."""
    client = make_client()
    client.get("/items/1")
    families = text_string_to_metric_families(client.get("/metrics").text)
    rows = [line for line in PAGE.splitlines() if line.startswith("| `gexlake_")]
    for family in families:
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = [label for label in family.samples[0].labels if label != "le"]
        start = f"| `{name}` | {', '.join(f'`{label}`' for label in labels)}"
        assert [row for row in rows if row.startswith(start)], start
        rows = [row for row in rows if not row.startswith(f"| `{name}`")]
    assert rows == []


@pytest.mark.parametrize("header", Verdict(allowed=False, limit=1, remaining=0, reset=1).headers(0))
def test_the_page_explains_every_header(header: str) -> None:
    """Those of limits."""
    assert f"| `{header}` |" in PAGE


def test_the_page_knows_the_scopes_and_the_limits() -> None:
    """And the defaults that it words."""
    assert all(f"| `{scope}` |" in PAGE for scope in SCOPES)
    fields = Settings.model_fields
    assert f"| `rate_limit` | `{fields['rate_limit'].default}` | 429 |" in PAGE
    assert f"| `max_body_bytes` | {fields['max_body_bytes'].default >> 20} MiB | 413 |" in PAGE
    assert f"| `request_timeout_seconds` | {fields['request_timeout_seconds'].default:g} s | 504 |" in PAGE
