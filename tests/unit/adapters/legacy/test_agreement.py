"""Damaged files, read in every way: decoders, block sizes and the domain model agree on each of them."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings

from support.agreement import assert_agreement
from support.damaged_files import damaged_files


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=damaged_files())
def test_all_ways_of_reading_a_damaged_file_agree(folder: Path, data: bytes):
    """Each record is accepted, rejected or skipped as the model says, wherever blocks begin and whoever decodes."""
    assert_agreement(folder, data)
