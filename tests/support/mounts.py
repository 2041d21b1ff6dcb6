"""Disks of one's own, as small as a test needs them."""

import shutil
import subprocess
import sys

#: A mount that nobody else sees; it takes root, or a system that lets users make namespaces.
OWN_MOUNTS = ["unshare", "--mount", "--map-root-user"]


def may_mount() -> bool:
    """Say whether a disk can be mounted here."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return False
    return subprocess.run([*OWN_MOUNTS, "true"], capture_output=True, check=False).returncode == 0
