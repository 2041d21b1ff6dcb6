"""A synthetic market that writes history in the vendor's form, for demos, benchmarks and tests."""

from .generate import FORM_NAMES, write_history
from .model import DayModel
from .snapshots import take_snapshots

__all__ = ["FORM_NAMES", "DayModel", "take_snapshots", "write_history"]
