"""The folders that an import over HTTP may name, and a fence around what is read in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ....application.columns.batch import SnapshotBatch
from ....application.importing.planning.readers import canonical
from ....application.ports.source_reader import Gathered, GatheringReader, ReadOptions, SourceFile, SourceReader
from ....domain.errors import GexlakeError, SourceNotFound
from ....domain.escapes import escaped


class NoSourceRoots(GexlakeError):
    """Imports over HTTP are not set up."""

    def __init__(self) -> None:
        super().__init__(
            "This server takes no imports over HTTP, for no folder is open to them. Have its operator name some in "
            "GEXLAKE_SOURCE_ROOTS, or import with 'gexlake import' on the server's machine."
        )


class SourceOutside(GexlakeError):
    """A source is not in one of the folders that imports over HTTP may name, whether it exists or not."""

    def __init__(self, source: str) -> None:
        self.source = source
        super().__init__(
            f"{source} is not within the folders that this server imports from. Name one that is, or have the "
            "operator add its folder to GEXLAKE_SOURCE_ROOTS."
        )


class LinkLeadsOut(GexlakeError):
    """A source holds a symbolic link out of the folders that imports over HTTP may name."""

    def __init__(self, link: str) -> None:
        self.link = link
        super().__init__(
            f"The symbolic link {link} leads out of the folders that this server imports from, so nothing was "
            "imported. Remove it, or have the operator add to GEXLAKE_SOURCE_ROOTS what it points to."
        )


@dataclass(frozen=True, slots=True)
class SourceRoots:
    """Folders, and what lies in them when all symbolic links are followed."""

    folders: tuple[Path, ...]

    def admit(self, source: str) -> Path:
        """Give the one path by which a source is known; a relative one is looked for in each folder, then here.

        Raises:
            NoSourceRoots: there are no folders to be in.
            SourceOutside: it is in none of them.
            SourceNotFound: it would be in one, but is not there.
        """
        if not self.folders:
            raise NoSourceRoots
        try:
            places = [canonical(Path(folder, source)) for folder in (*self.folders, Path())]
            inside = [place for place in places if self.hold(place)]
            found = next((place for place in inside if place.exists()), None)
        except (OSError, ValueError, RuntimeError):  # no path at all: too long, a zero byte, a circle of links
            raise SourceOutside(source) from None
        if found is not None:
            return found
        raise SourceNotFound(source) if inside else SourceOutside(source)

    def hold(self, path: Path) -> bool:
        """Whether a path, its links followed, is in one of the folders, or is one."""
        real = path.resolve()
        return any(real.is_relative_to(folder.resolve()) for folder in self.folders)

    def fence(self, readers: Mapping[str, Callable[[], SourceReader]]) -> dict[str, Callable[[], SourceReader]]:
        """Give readers that read nothing outside."""
        return {name: _Fencing(factory, self) for name, factory in readers.items()}

    def leading_out(self, path: Path) -> Path | None:
        """Give the link on the way to a path that leads out, or None if none does."""
        if self.hold(path):
            return None
        steps = (*reversed(path.parents), path)
        return next((step for step in steps if step.is_symlink() and not self.hold(step)), path)


@dataclass(frozen=True, slots=True)
class _Fencing:
    """Makes a reader and puts the fence around it."""

    factory: Callable[[], SourceReader]
    roots: SourceRoots

    def __call__(self) -> SourceReader:
        reader = self.factory()
        if isinstance(reader, GatheringReader):
            return FencedGatheringReader(reader, self.roots)
        return FencedReader(reader, self.roots)


class FencedReader:
    """Reads as another reader does, but follows no symbolic link out of the roots.

    One such link refuses the whole source before anything is read. Files are looked at again when they are opened, for
    a link may have taken the place of a file since.
    """

    def __init__(self, reader: SourceReader, roots: SourceRoots) -> None:
        self._reader, self._roots = reader, roots
        self.name = reader.name

    def knows(self, source: Path) -> bool:
        """Whether the other reader does, if the source is inside."""
        return self._roots.hold(source) and self._reader.knows(source)

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files, all of which are inside.

        Raises:
            LinkLeadsOut: one is not.
        """
        found = list(self._reader.discover(source))
        for file in found:
            if (link := self._roots.leading_out(file.path)) is not None:
                raise LinkLeadsOut(escaped(link))
        return found

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream a file that is inside."""
        self._inside(file)
        return self._reader.read(file, options)

    def fingerprint(self, file: SourceFile) -> str:
        """Digest a file that is inside."""
        self._inside(file)
        return self._reader.fingerprint(file)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterable[tuple[int, bytes]]:
        """Give records of a file that is inside."""
        return self._reader.raw_records(file, records) if self._roots.hold(file.path) else ()

    def _inside(self, file: SourceFile) -> None:
        if not self._roots.hold(file.path):
            raise PermissionError(1, "leads out of the folders that are open to imports", str(file.path))


class FencedGatheringReader(FencedReader):
    """The same around a reader that takes many small files together."""

    def __init__(self, reader: GatheringReader, roots: SourceRoots) -> None:
        super().__init__(reader, roots)
        self._gathering = reader

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Read files of one snapshot each, all of which are inside."""
        for file in files:
            self._inside(file)
        return self._gathering.gather(files, options)
