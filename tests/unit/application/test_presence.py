"""What is there, what is not, and what the system will not tell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gexlake.application.presence import exists, is_dir, is_file


def test_a_file_is_there(tmp_path: Path) -> None:
    """Through a link as well."""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")

    for path in (tmp_path / "file", tmp_path / "link"):
        assert (exists(path), is_file(path), is_dir(path)) == (True, True, False)


def test_a_folder_is_there(tmp_path: Path) -> None:
    """And is no file."""
    assert (exists(tmp_path), is_file(tmp_path), is_dir(tmp_path)) == (True, False, True)


@pytest.mark.parametrize("name", ["none", "file/below", "nowhere", "circle", "a\0b"])
def test_nothing_is_there(tmp_path: Path, name: str) -> None:
    """Nor at the end of a link that leads nowhere, or round in a circle."""
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("none")
    (tmp_path / "circle").symlink_to("circle")

    assert not any(look(tmp_path / name) for look in (exists, is_file, is_dir))


@pytest.mark.parametrize("look", [exists, is_file, is_dir])
def test_what_the_system_will_not_tell_is_not_taken_for_nothing(tmp_path: Path, look: Callable[[Path], bool]) -> None:
    """Here for the length of the name."""
    with pytest.raises(OSError, match="File name too long"):
        look(tmp_path / ("x" * 300))
