"""The use case that copies a lake, whole and as of one moment, while it is in use."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...domain.errors import GexlakeError
from ..ports.unit_of_work import Lake
from ..presence import exists

#: The list of a backup's files with their SHA-256, as ``sha256sum --check`` reads it.
SUMS = "SHA256SUMS"


class BackupInTheWay(GexlakeError):
    """There is something already where a backup should go."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} is there already and not empty. Name a folder for this backup alone, such as one "
            "with the date in its name."
        )


class LakeInTheWay(GexlakeError):
    """There is something already where a backup should become the lake."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} is there already and not empty. Say --force to put it aside first, or name another place for the "
            "lake with --lake."
        )


class BackupNotApart(GexlakeError):
    """A backup and a lake would lie one within the other."""

    def __init__(self, backup: str, lake: str) -> None:
        super().__init__(
            f"The backup {backup} and the lake {lake} must not lie one within the other: what happens to the one would "
            "happen to the other, too. Name a place outside."
        )


class BackupDamaged(GexlakeError):
    """A folder is not the backup that was written."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} is not a sound backup: {reason}. Nothing was changed; use another backup.")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """Where a backup lies and how large it is."""

    place: str
    files: int
    bytes: int


class BackUpLake:
    """Copies a lake."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def run(self, place: Path) -> BackedUp:
        """Copy the lake into a folder that appears when it is complete, with the checksums of its files.

        Raises:
            BackupInTheWay: the folder is there and not empty.
            CannotCopy, DiskFull: as their names say; nothing is left behind.
        """
        if exists(place) and any(place.iterdir()):
            raise BackupInTheWay(str(place))
        with _draft(place, "partial") as draft:
            self._lake.copy_to(draft)
            files = sorted(path for path in draft.rglob("*") if path.is_file())
            sums = "".join(f"{_sum(path)}  {path.relative_to(draft)}\n" for path in files)
            (draft / SUMS).write_text(sums, encoding="utf-8")
            _sum(draft / SUMS)
            size = sum(path.stat().st_size for path in files)
            if exists(place):
                place.rmdir()
            draft.rename(place)
        return BackedUp(str(place), len(files), size)


def restore_lake(
    backup: Path, lake: Path, *, check: Callable[[Path], None], make_way: Callable[[], None] | None = None
) -> BackedUp:
    """Put a backup in a lake's place: proven first, and all of it or nothing.

    Args:
        backup: the folder of the backup, which stays as it is.
        lake: where the lake is to be.
        check: raises if what lies in a folder cannot be opened as a lake.
        make_way: takes a lake that is there out of the way, once nothing else can fail.

    Raises:
        BackupDamaged: it is not what was written.
        BackupNotApart: it is the lake's place, or one of them lies in the other.
        LakeInTheWay: there is something at the lake's place, and nobody makes way.
    """
    apart(backup, lake)
    if lake.resolve().is_relative_to(backup.resolve()):
        raise BackupNotApart(str(backup), str(lake))
    occupied = exists(lake) and any(lake.iterdir())
    if occupied and make_way is None:
        raise LakeInTheWay(str(lake))
    sums = proven(backup)
    with _draft(lake, "restoring") as draft:
        for name in sums:
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(backup / name, target)
        _prove(draft, sums, backup)
        check(draft)
        if occupied and make_way is not None:
            make_way()
        elif exists(lake):
            lake.rmdir()
        draft.rename(lake)
    return BackedUp(str(lake), len(sums), sum((lake / name).stat().st_size for name in sums))


def apart(backup: Path, lake: Path) -> None:
    """Refuse a place for a backup within a lake, whose next commit or repair would deal with it as its own.

    Raises:
        BackupNotApart: it is one.
    """
    if backup.resolve().is_relative_to(lake.resolve()):
        raise BackupNotApart(str(backup), str(lake))


def proven(backup: Path) -> dict[str, str]:
    """Give the checksums of a backup's files by their names, all of them proven.

    Raises:
        BackupDamaged: a file is missing or another one, or would lie outside of the backup, and of a lake made of it.
    """
    try:
        if not (backup / SUMS).is_file():
            raise FileNotFoundError
        lines = (backup / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise BackupDamaged(str(backup), f"it has no {SUMS}") from None
    sums = {name: wanted for wanted, _, name in (line.partition("  ") for line in lines)}
    if not sums:
        raise BackupDamaged(str(backup), f"its {SUMS} lists no file")
    for name in sums:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise BackupDamaged(str(backup), f"its {SUMS} lists {name}, which does not lie in it")
        if (backup / name).exists() and not (backup / name).is_file():
            raise BackupDamaged(str(backup), f"{name} is no file")
    _prove(backup, sums, backup)
    return sums


@contextmanager
def _draft(place: Path, ending: str) -> Iterator[Path]:
    """Make a folder beside a place, to be renamed to it in the block; whatever fails, nothing of it is left."""
    draft = place.with_name(f".{place.name}.{ending}")
    shutil.rmtree(draft, ignore_errors=True)
    try:  # a stop may come as soon as the folder is there
        draft.mkdir(parents=True)
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _prove(folder: Path, sums: dict[str, str], backup: Path) -> None:
    for name, wanted in sums.items():
        try:
            found = _sum(folder / name)
        except OSError as error:
            raise BackupDamaged(str(backup), f"{name} cannot be read ({error.strerror})") from None
        if found != wanted:
            raise BackupDamaged(str(backup), f"{name} is not what was written")


def _sum(path: Path) -> str:
    """Give the SHA-256 of a file, and make it survive a power cut if it is ours."""
    with path.open("rb") as file:
        if os.access(path, os.W_OK):
            os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
