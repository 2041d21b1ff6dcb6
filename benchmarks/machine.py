"""Says what a benchmark ran on: the machine, and the versions of everything that took part."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_PARTS = (
    "gexlake",
    "duckdb",
    "fastapi",
    "httptools",
    "isal",
    "msgspec",
    "numpy",
    "orjson",
    "polars",
    "pyarrow",
    "pydantic",
    "pysimdjson",
    "uvicorn",
)


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


def stolen() -> float:
    """Give the processor seconds that the host of a virtual machine has given to others so far; 0 on a machine."""
    total = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0]
    return int(total.split()[8]) / os.sysconf("SC_CLK_TCK")


def circumstances(peers: dict[str, str]) -> dict[str, Any]:
    """Say what is measured on; ``peers`` are versions from elsewhere."""
    versions = {part: _version(part) for part in _PARTS}
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "versions": {part: version for part, version in versions.items() if version} | peers,
    }


def state() -> dict[str, str]:
    """Say what is measured, and when."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short=12", "HEAD") + ("+changes" if _git("status", "--porcelain") else ""),
    }


def _version(part: str) -> str | None:
    try:
        return metadata.version(part)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _git(*words: str) -> str:
    """Ask git about the checkout; nothing where there is none."""
    result = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    return result.stdout.strip()
