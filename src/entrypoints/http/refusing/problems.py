"""What is wrong with parameters and bodies: by their names in the request, with what would be right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

#: So many problems of a request are told.
MOST_TOLD = 10
#: What is longer is not repeated in full.
_WIDTH = 40
_OBJECT = 'send a JSON object, such as {{"source_path": "history"}}'
_TEXT, _WHOLE, _NUMBER = "is {value}; write text", "is {value}; write a whole number", "is {value}; write a number"
_FLAG, _ONE_OF, _LONG = (
    "is {value}; write true or false",
    "is {value}; write {expected}",
    "has more than {max_length} characters",
)
#: By the framework's names of them; of others its own words are told.
_WORDS = {
    "missing": "is missing",
    "missing body": f"is missing; {_OBJECT}",
    "extra_forbidden": "is not known; leave it out, or mend its spelling",
    "unexpected_keyword_argument": "holds something that is not known; leave it out, or mend its spelling",
    "unknown_parameter": "is not known here; leave it out, or mend its spelling (known: {known})",
    "json_invalid": f"is not JSON (at character {{position}}: {{error}}); {_OBJECT}",
    "model_type": f"is {{value}}; {_OBJECT}",
    "model_attributes_type": f"is {{value}}; {_OBJECT}",
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "is {value}, which has too many digits; write a smaller number",
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than_equal": "is {value}; write a number from {ge:.10g} on",
    "less_than_equal": "is {value}; write a number up to {le:.10g}",
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "string_type": _TEXT,
    "string_unicode": "holds half a character (a lone surrogate); write whole ones",
    "string_too_short": "is {value}; write {min_length} or more characters",
    "string_too_long": _LONG,
    "too_long": _LONG,  # of a text that may be left out
    "too_short": "is {value}; name {min_length} or more",
    "list_type": "is {value}; write a list",
}
#: Why a body could not be read; the first that fits.
_UNREADABLE: tuple[tuple[type[BaseException], str], ...] = (
    (UnicodeDecodeError, "is not UTF-8"),
    (RecursionError, "is nested too deeply"),
    (ValueError, "holds a number of too many digits"),
)

Problem = dict[str, str]


def problems_of(found: Iterable[Mapping[str, Any]], content_type: str | None) -> list[Problem]:
    """Tell what the framework has found to be wrong with a request, each once."""
    # Two dependencies may ask for the same parameter. What may be left out may also be None, but no query can say so.
    told = dict.fromkeys(_told(one, content_type) for one in found if one["type"] != "none_required")
    return [{"parameter": parameter, "problem": problem} for parameter, problem in told]


def problem_of_body(error: BaseException | None) -> Problem:
    """Tell why a body could not be read at all."""
    why = next((words for kind, words in _UNREADABLE if isinstance(error, kind)), "cannot be read")
    return {"parameter": "body", "problem": f"{why}; {_OBJECT.format()}"}


def sentence_of(problems: list[Problem]) -> str:
    """Tell problems in a sentence each; there is one at least."""
    told = [f"{found['parameter']} {found['problem']}." for found in problems[:MOST_TOLD]]
    if len(problems) > MOST_TOLD:
        told.append(f"{len(problems) - MOST_TOLD} more are wrong.")
    return " ".join(["The request is not valid:", *told, "GET /docs says more."])


def _told(found: Mapping[str, Any], content_type: str | None) -> tuple[str, str]:
    kind, value, facts = found["type"], found.get("input"), found.get("ctx", {})
    if isinstance(value, bytes):  # a body that was not taken for JSON
        return (
            "Content-Type",
            f"is {'missing' if content_type is None else _shown(content_type)}; send application/json",
        )
    where, *inner = found["loc"]
    if kind == "json_invalid":
        inner, facts = [], {**facts, "position": inner[0] + 1}
    elif kind == "missing" and not inner:
        kind = "missing body"
    parameter = _path(inner) if where == "body" else _name(str(inner[0]))
    if "expected" in facts:  # names to choose from: whoever writes one in a query writes no quotes
        facts = {**facts, "expected": str(facts["expected"]).replace("'", "")}
    words = _WORDS.get(kind)
    if words is None:
        return parameter, str(found["msg"]).removeprefix("Value error, ")
    return parameter, words.format(**facts, value=_shown(value))


def _path(inner: list[int | str]) -> str:
    """Name what lies in a body: a field, or a place in a list that is one; of the members of a union nothing."""
    if not inner:
        return "body"
    field, *deeper = inner
    return _name(str(field)) + "".join(f"[{place}]" for place in deeper if isinstance(place, int))


def _name(text: str) -> str:
    """Give a name as it was written, unless that would not show in a sentence."""
    return text[:_WIDTH] if text.isprintable() and text else repr(text[:_WIDTH])


def _shown(value: object) -> str:
    """Give a value that is in the way: as JSON, of texts and numbers no more than their beginning."""
    if isinstance(value, list | dict):
        return f"{'an empty' if not value else 'a'} list" if isinstance(value, list) else "an object"
    text = repr(value[: _WIDTH + 1]) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
