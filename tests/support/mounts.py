"""Disks of one's own, as small as a test needs them."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

#: A mount that nobody else sees; it takes root, or a system that lets users make namespaces.
OWN_MOUNTS = ["unshare", "--mount", "--map-root-user"]


_MOUNT = 'while [ "$1" != -- ]; do mount -t tmpfs -o "$2" tmpfs "$1" || exit 99; shift 2; done; shift; exec "$@"'


def with_disks(sizes: Mapping[Path, str]) -> Sequence[str]:
    """Give what is put before a command so that it has a disk of some size in each of some folders."""
    disks = [word for folder, size in sizes.items() for word in (str(folder), size)]
    return [*OWN_MOUNTS, "sh", "-c", _MOUNT, "sh", *disks, "--"]


def among_mounts_of(pid: int, *words: str | Path) -> None:
    """Run a command that sees the disks of a process."""
    enter = ["nsenter", f"--target={pid}", "--user", "--preserve-credentials", "--mount", "--"]
    subprocess.run([*enter, *words], check=True)


def may_mount() -> bool:
    """Say whether a disk can be mounted here."""
    if not sys.platform.startswith("linux") or not all(map(shutil.which, ("unshare", "nsenter"))):
        return False
    return subprocess.run([*OWN_MOUNTS, "true"], capture_output=True, check=False).returncode == 0
