"""The legacy reader against the domain model: whatever a file holds, both say the same of every record."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gexlake.adapters.legacy.decoder import Decoder
from gexlake.adapters.legacy.portable import PortableDecoder
from gexlake.adapters.legacy.simd import SimdDecoder
from support.reading import Reading, assert_same, read_bytes
from support.strange_files import File, files

DECODERS: tuple[Callable[[], Decoder], ...] = (SimdDecoder, PortableDecoder)
#: From far less than a record to more than a file.
BLOCKS = st.sampled_from([100, 700, 3000, 1 << 18])
thorough = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read_file(data: bytes, block: int, decoder: Callable[[], Decoder]) -> Reading:
    """Read bytes as a day file."""
    with tempfile.TemporaryDirectory() as folder:
        return read_bytes(Path(folder), data, block=block, decoder=decoder)


@thorough
@given(file=files(), block=BLOCKS)
def test_reader_and_model_agree_on_every_record(file: File, block: int):
    """The same records are accepted with the same bits, the same are rejected for the same reasons."""
    for decoder in DECODERS:
        reading = read_file(file.on_disk, block, decoder)

        assert_same(reading, file.raws)
        assert reading.torn == ""


@thorough
@given(file=files(), block=BLOCKS, data=st.data())
def test_torn_file_gives_its_complete_records(file: File, block: int, data: st.DataObject):
    """Wherever a file breaks off after its first record, those before the break come as if it were whole."""
    cut = data.draw(st.integers(file.ends[0], len(file.data)))
    for decoder in DECODERS:
        reading = read_file(file.data[:cut], block, decoder)

        assert_same(reading, file.complete(cut))
