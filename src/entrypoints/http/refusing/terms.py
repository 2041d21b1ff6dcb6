"""What an import says to a command line, in the terms of HTTP: fields of a body for options, routes for commands."""

from __future__ import annotations

import re

#: An option as a sentence has it, and not as part of a path.
_OPTION = re.compile(r"(?<![\w/.-])--([a-z]+(?:-[a-z]+)*)")
#: The fields that are called otherwise than their options. How many workers there are, the server's settings say.
_FIELDS = {"ticker": "tickers", "package": "packages", "category": "categories", "workers": "GEXLAKE_WORKERS"}
_OF_THE_OPERATOR = (
    "If it is the database, 'gexlake rebuild' makes it anew; if it is a part, 'gexlake repair' names the sources to "
    "import again."
)
_PHRASES = (
    ("; 'gexlake plugins' shows where they come from", ""),
    ("'gexlake rejects list'", "GET /rejects"),
    ("run the same command again", "ask for it again"),
    ("; from a disk that is at its end copy the lake to another one with 'gexlake backup'", ""),
    (_OF_THE_OPERATOR, "Tell the operator of this server, whose log says more."),
)


def in_terms_of_http(text: str) -> str:
    """Tell of fields and routes where a text tells of options and commands."""
    for command, route in _PHRASES:
        text = text.replace(command, route)
    return _OPTION.sub(_field, text)


def _field(option: re.Match[str]) -> str:
    name = option[1]
    return f"'{_FIELDS.get(name, name.replace('-', '_'))}'"
