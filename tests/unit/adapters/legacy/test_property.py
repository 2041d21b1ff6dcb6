"""The legacy reader against the domain model: whatever a file holds, both say the same of every record."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.decoders import DECODERS
from support.reading import DAY_FILE, assert_same, raw_by_number, read_bytes
from support.strange_files import File, files

#: From far less than a record to more than a file.
BLOCKS = st.sampled_from([100, 700, 3000, 1 << 18])
thorough = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@thorough
@given(file=files(), block=BLOCKS, piece=BLOCKS)
def test_reader_and_model_agree_on_every_record(folder: Path, file: File, block: int, piece: int):
    """The same records are accepted with the same bits, the same are rejected for the same reasons.

    They are so too, and keep their numbers, wherever a block is cut once more before it is parsed; and a record's
    number means the same to whoever reads the file again. All in one test: to think of a file takes longest.
    """
    for decoder in DECODERS:
        for reading in (
            read_bytes(folder, file.on_disk, block=block, decoder=decoder),
            read_bytes(folder, file.on_disk, piece=piece, decoder=decoder),
        ):
            assert_same(reading, file.raws)
            assert reading.torn == ""
            for reject in reading.rejects:
                assert reject.byte_offset is not None
                assert file.data[reject.byte_offset :].startswith(reject.raw)

    assert raw_by_number(folder / DAY_FILE, block, range(20)) == dict(enumerate(file.raws))


@thorough
@given(file=files(), block=BLOCKS, data=st.data())
def test_torn_file_gives_its_complete_records(folder: Path, file: File, block: int, data: st.DataObject):
    """Wherever a file breaks off after its first record, those before the break come as if it were whole."""
    cut = data.draw(st.integers(file.ends[0], len(file.data)))
    for decoder in DECODERS:
        reading = read_bytes(folder, file.data[:cut], block=block, decoder=decoder)

        assert_same(reading, file.complete(cut))
