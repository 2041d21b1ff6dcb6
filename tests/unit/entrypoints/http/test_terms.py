"""What an import says is told over HTTP in terms of HTTP: no option and no command that a client does not have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gexlake
from gexlake.domain.errors import ConflictFound, DiskFull, NoReaderForSource
from gexlake.entrypoints.http.imports.bodies import ImportBody
from gexlake.entrypoints.http.refusing.terms import in_terms_of_http

SOURCES = Path(gexlake.__file__).parent
#: What an import says is said here.
MODULES = [
    *(SOURCES / "application").rglob("*.py"),
    *(SOURCES / "adapters" / "legacy").glob("*.py"),
    SOURCES / "adapters" / "simple_reader.py",
    SOURCES / "domain" / "errors.py",
]
#: What no import over HTTP comes upon: what other commands say, and errors that are told otherwise, or of other lakes.
OTHER_COMMANDS = {"back_up_lake.py", "import_again.py", "rebuild_lake.py", "remove_source.py", "repair_lake.py"}
OTHER_ERRORS = {
    *("CannotCopy", "FeedAmbiguous", "SnapshotNotFound"),
    *("LakeBehind", "LakeHasNoPlace", "LakeNotFound", "LakeTooOld"),
}
COMMAND_LINE = re.compile(r"(?<!\w)--[a-z]|'gexlake |same command")


def sentences() -> Iterator[str]:
    """Give the texts of these modules that are in terms of the command line."""
    for module in MODULES:
        if module.name in OTHER_COMMANDS:
            continue
        tree = ast.parse(module.read_text(encoding="utf-8"))
        others = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name in OTHER_ERRORS]
        left_out = {id(node) for other in others for node in ast.walk(other)}
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in left_out)
        yield from (
            text for text in (node.value for node in texts) if isinstance(text, str) and COMMAND_LINE.search(text)
        )


def test_no_sentence_of_an_import_speaks_to_a_command_line() -> None:
    """An option is a field that there is, or a setting; a command is a route."""
    found = list(sentences())
    assert len(found) > 10
    for sentence in found:
        told = in_terms_of_http(sentence)
        assert not COMMAND_LINE.search(told), sentence
        fields = {name for name in re.findall(r"'(\w+)'", told) if name not in re.findall(r"'(\w+)'", sentence)}
        assert fields <= {*ImportBody.model_fields, "GEXLAKE_WORKERS"}, sentence


def test_sentences_stay_sentences() -> None:
    """With the cure at their end."""
    conflict = in_terms_of_http(str(ConflictFound("NQ_NDX at noon", "/data/a--force/day.json")))
    assert conflict == (
        "/data/a--force/day.json holds another snapshot of NQ_NDX at noon than the one that is stored. Import with "
        "'on_conflict' keep (the stored one stays) or 'on_conflict' replace (the new one wins)."
    )
    assert in_terms_of_http(str(DiskFull("lake"))).endswith(
        "free some space and ask for it again, it goes on from there."
    )
    assert "Name one with 'reader', or install" in in_terms_of_http(str(NoReaderForSource("x", ())))
