"""A synthetic market that writes history in the vendor's form, for demos, benchmarks and tests."""

from .generate import DEFAULT_END, FORM_NAMES, write_history
from .model import DayModel
from .snapshots import DaySnapshots, take_snapshots

__all__ = ["DEFAULT_END", "FORM_NAMES", "DayModel", "DaySnapshots", "take_snapshots", "write_history"]
