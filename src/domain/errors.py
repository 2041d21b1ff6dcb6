"""The errors that gexlake raises: each is a sentence that ends with the cure."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from typing import Any

from .escapes import escaped
from .feed import Feed
from .sentences import a_few

#: So many feeds are named where none fits.
MOST_NAMED = 20
#: All that a stranger's code may raise. ``SystemExit`` too: a reader that calls ``sys.exit`` must not end gexlake.
ANY_FAILURE = (Exception, SystemExit)


class GexlakeError(Exception):
    """Root of all errors that gexlake raises on purpose.

    Facts are attributes, the constructor writes the sentence, which can be printed whatever a source or a path holds.
    ``transient`` tells a caller whether the same call may succeed later without a change.
    """

    transient = False

    def __init__(self, sentence: str = "") -> None:
        super().__init__(escaped(sentence))

    def __reduce__(self) -> tuple[Any, ...]:
        """Carry facts and sentence over to another process; the constructor takes the facts only."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[GexlakeError], args: tuple[Any, ...], facts: dict[str, Any]) -> GexlakeError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(facts)
    return error


class SourceNotFound(GexlakeError):
    """The folder or file to import is not there."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(f"There is no folder or file {source}. Check the spelling, or give the full path.")


class NoReaderForSource(GexlakeError):
    """No registered reader knows this source."""

    def __init__(self, source: str, readers: tuple[str, ...]) -> None:
        self.source, self.readers = source, readers
        super().__init__(
            f"None of the installed readers ({', '.join(readers) or 'none'}) knows {source}. "
            "Name one with --reader, or install a plugin that reads it."
        )


class SourceNoFile(GexlakeError):
    """What is to be imported is a pipe, a device or a socket: it could not be read again, to prove what came of it."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(
            f"{source} is neither a folder nor a file, and could not be read again. "
            "Write what comes from it into a file, and import that."
        )


class ReaderFailed(GexlakeError):
    """A reader failed while it looked at a source, in a way that no reader should."""

    def __init__(self, reader: str, source: str, reason: str) -> None:
        self.reader, self.source, self.reason = reader, source, reason
        super().__init__(
            f"The reader {reader} failed on {source}: {reason}. Report this to its author, "
            "or name another reader with --reader."
        )


class UnknownAdapter(GexlakeError):
    """A setting names an adapter that nobody registered."""

    def __init__(self, port: str, name: str, known: tuple[str, ...], setting: str = "") -> None:
        self.port, self.name, self.known, self.setting = port, name, known, setting
        cure = f"Set {setting} to" if setting else "Choose"
        super().__init__(
            f"No {port} is called {name!r}. {cure} one of: {', '.join(known) or 'none is installed'}; "
            "'gexlake plugins' shows where they come from."
        )


class UnsupportedFeed(GexlakeError):
    """The file holds another feed of the vendor (order flow, state greeks), which has no ladder."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        super().__init__(f"holds the feed {feed}, which is not gamma exposure; left where it is")


class CategoryUnknown(GexlakeError):
    """Neither the records nor the path say which category the file is."""

    def __init__(self) -> None:
        super().__init__(
            "nothing in the records, the envelopes or the path names a category; "
            "import it again with --assume-category gex_zero (or gex_one, gex_full)"
        )


class SourceUnreadable(GexlakeError):
    """A source file cannot be read at all: it is empty, not JSON, or the system refuses it."""


class LakeBusy(GexlakeError):
    """Another process owns the lake."""

    transient = True

    def __init__(self, lake: str, pid: int | None) -> None:
        self.lake, self.pid = lake, pid
        owner = f"process {pid}" if pid else "another process"
        super().__init__(
            f"The lake {lake} is open in this process already, in another way: for changes, or by a connection of its "
            "own to gex.duckdb. Close that, and ask again."
            if pid == os.getpid()  # which nobody should wait for, nor stop
            else f"The lake {lake} is in use by {owner}. Wait until it ends, or stop it, and run the command again."
        )


class LakeNotFound(GexlakeError):
    """A question was put to a lake that does not exist."""

    def __init__(self, lake: str) -> None:
        self.lake = lake
        super().__init__(
            f"There is no lake in {lake}. Name another with --lake or GEXLAKE_LAKE, or make one: "
            f"gexlake import SOURCE --lake {shlex.quote(lake)}"
        )


class LakeMoved(GexlakeError):
    """The folder of an open lake is not where it was: somebody has moved, deleted or replaced it."""

    def __init__(self, lake: str) -> None:
        self.lake = lake
        super().__init__(
            f"The lake {lake} is not the one any more that was opened there: somebody has moved, deleted or replaced "
            "it. Nothing was written. Stop whatever has it open, such as a server, and run the same command again."
        )


class LakeUnnameable(GexlakeError):
    """A lake should lie in a folder whose name the database cannot open."""

    def __init__(self, place: str, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(
            f"{place} cannot hold a lake: its name {reason}. Give the folder another name, or choose another one."
        )


class LakeHasNoPlace(GexlakeError):
    """A lake should lie where no folder can be made: under a file, or in a file system of the kernel's own."""

    def __init__(self, lake: str, reason: str) -> None:
        self.lake, self.reason = lake, reason
        super().__init__(
            f"No folder can be made at {lake}, so no lake can lie there: {reason}. Name another place with --lake or "
            "GEXLAKE_LAKE."
        )


class LakeDamaged(GexlakeError):
    """The lake's database cannot be opened or is not one of gexlake's."""

    def __init__(self, lake: str, reason: str) -> None:
        self.lake, self.reason = lake, reason
        super().__init__(
            f"The lake {lake} is damaged: {reason}. Nothing else was touched. If it is the database, "
            "'gexlake rebuild' makes it anew; if it is a part, 'gexlake repair' names the sources to import again."
        )


class LakeTooNew(GexlakeError):
    """The lake was written by a newer gexlake."""

    def __init__(self, lake: str, found: int, known: int) -> None:
        self.lake, self.found, self.known = lake, found, known
        super().__init__(
            f"The lake {lake} has schema version {found}; this gexlake knows versions up to {known}. Upgrade gexlake."
        )


class JournalTooNew(GexlakeError):
    """The journal holds notes of a kind that only a newer gexlake writes."""

    def __init__(self, lake: str, kind: str) -> None:
        self.lake, self.kind = lake, kind
        super().__init__(
            f"The journal of the lake {lake} holds notes of the kind {kind!r}, which only a newer gexlake knows. "
            "Upgrade gexlake."
        )


class LakeTooOld(GexlakeError):
    """The lake was written by an older gexlake and is opened for reading only."""

    def __init__(self, lake: str, found: int, known: int) -> None:
        self.lake, self.found, self.known = lake, found, known
        super().__init__(
            f"The lake {lake} has schema version {found} and must be brought to {known}. "
            "Open it once for writing, for example with 'gexlake import'."
        )


class LakeBehind(GexlakeError):
    """The journal knows more than the lake's database, which is missing or has lost its last commits."""

    def __init__(self, lake: str, newest: int, position: int | None) -> None:
        self.lake, self.newest, self.position = lake, newest, position
        found = "is missing" if position is None else f"knows only the first {position:,} of them"
        super().__init__(
            f"The journal of the lake {lake} holds {newest:,} commits, but its database {found}. Nothing is lost: "
            "make the database anew from the journal and the Parquet files: gexlake rebuild --lake "
            f"{shlex.quote(lake)}"
        )


class CannotCopy(GexlakeError):
    """A lake is kept, as a whole or in part, by adapters that gexlake cannot copy."""

    def __init__(self) -> None:
        super().__init__(
            "gexlake can only copy lakes of DuckDB and Parquet files. See how the authors of the other adapters back "
            "theirs up; 'gexlake plugins' names them."
        )


class DiskFull(GexlakeError):
    """The disk has no room left, for bytes or for what it ``lacks``; what was committed before is safe."""

    transient = True

    def __init__(self, where: str, lacks: str = "", cure: str = "free some space") -> None:
        self.where, self.lacks, self.cure = where, lacks, cure
        super().__init__(
            f"The disk is full ({where}{f': {lacks}' if lacks else ''}). Nothing is half done: {cure} and run the same "
            "command again, it goes on from there."
        )


class DiskFailing(GexlakeError):
    """The disk, or what stands for one, does not take what is written to it; what was committed before is safe."""

    def __init__(self, where: str, reason: str) -> None:
        self.where, self.reason = where, reason
        super().__init__(
            f"The disk fails ({where}: {reason}). Nothing is half done: see what the system's log says of it, and run "
            "the same command again; from a disk that is at its end copy the lake to another one with 'gexlake backup'."
        )


class LakeForbidden(GexlakeError):
    """The system does not let this user read or write what a lake is made of."""

    def __init__(
        self, where: str, reason: str, cure: str = "mend the permissions of the lake's folder and of all in it"
    ) -> None:
        self.where, self.reason, self.cure = where, reason, cure
        super().__init__(
            f"{where} is closed to gexlake: {reason}. Nothing is half done: {cure}, and run the same command again."
        )


class TooLittleLeft(GexlakeError):
    """The system has no more memory, threads or open files to give; what was committed before is safe."""

    transient = True

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The system has too little memory left, or too few threads or open files ({reason}). Nothing is half "
            "done: free some, or import with fewer --workers, and run the same command again."
        )


class WorkingDirectoryGone(GexlakeError):
    """The folder in which relative paths begin was removed while a shell, or a process, stayed in it."""

    def __init__(self) -> None:
        super().__init__(
            "The working directory is not there any more. Change into another one, and run the same command again."
        )


class WorkersNotStarted(GexlakeError):
    """The system does not let worker processes be started."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The processes that read files cannot be started: {reason}. Nothing is half done: mend that, or do "
            "without them (GEXLAKE_WORK_POOL=inline, in a server GEXLAKE_SERVER_WORK_POOL=inline), and run the "
            "same command again."
        )


class ConflictFound(GexlakeError):
    """Two different snapshots claim one identity and the policy is to fail."""

    def __init__(self, identity: str, path: str) -> None:
        self.identity, self.path = identity, path
        super().__init__(
            f"{path} holds another snapshot of {identity} than the one that is stored. Import with "
            "--on-conflict keep (the stored one stays) or --on-conflict replace (the new one wins)."
        )


class AccountWrong(GexlakeError):
    """The records of a file do not add up; a fault of gexlake, which must not reach the lake."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"The records of {path} do not add up to what was read of it, so nothing of it was stored. "
            "This is a fault of gexlake: please report it, with the file if you can."
        )


class SnapshotNotFound(GexlakeError):
    """The lake holds no snapshot that answers the question.

    Where no feed fits, ``held`` are those that come nearest: of the ticker, or else all.
    """

    def __init__(self, question: str, held: Iterable[str] | None = None) -> None:
        self.question = question
        self.held = None if held is None else tuple(held)
        there_is = "" if self.held is None else f" (it holds {a_few(self.held, MOST_NAMED) or 'nothing yet'})"
        #: What is wrong, without the cure.
        self.fact = f"The lake holds no snapshot of {question}{there_is}."
        super().__init__(f"{self.fact} 'gexlake query --feeds' lists what it holds.")


class FeedAmbiguous(GexlakeError):
    """A ticker has several feeds and the question does not say which."""

    def __init__(self, ticker: str, feeds: tuple[str, ...]) -> None:
        self.ticker, self.feeds = ticker, feeds
        #: Whether they are of several tickers, which differ by their case.
        self.by_case = len({Feed.of(feed).ticker for feed in feeds}) > 1
        cure = (
            "Write the ticker exactly as one of them." if self.by_case else "Choose one with --package and --category."
        )
        super().__init__(f"{ticker} has several feeds in this lake: {', '.join(feeds)}. {cure}")


class ImportInterrupted(GexlakeError):
    """The user stopped the import; what was committed stays, and of a rehearsal nothing was."""

    def __init__(self, *, dry_run: bool = False) -> None:
        self.dry_run = dry_run
        super().__init__(
            "Stopped. It was a dry run, so nothing was imported; run the same command again to see it through."
            if dry_run
            else "Stopped. What was imported so far is safe; run the same command again, it goes on from there."
        )
