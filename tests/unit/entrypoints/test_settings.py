"""The settings and where they come from."""

from pathlib import Path

import pytest

from gexlake.entrypoints.settings import SettingInvalid, load_settings


def test_without_anything_the_lake_is_beside_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """In ./lake."""
    monkeypatch.delenv("GEXLAKE_LAKE", raising=False)
    assert load_settings().lake == Path("lake")
    assert load_settings().workers >= 1


def test_the_environment_sets_and_an_option_overrules(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that is not given is None, and leaves the environment its say."""
    monkeypatch.setenv("GEXLAKE_LAKE", "/data/gex")
    monkeypatch.setenv("GEXLAKE_WORKERS", "3")
    assert load_settings(lake=None).lake == Path("/data/gex")
    assert load_settings(lake=Path("here"), workers=None).lake == Path("here")
    assert load_settings().workers == 3


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shell scripts set variables to nothing."""
    monkeypatch.setenv("GEXLAKE_WORKERS", "")
    assert load_settings().workers >= 1


@pytest.mark.parametrize("value", ["many", "0"])
def test_a_wrong_value_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """It names the variable and what was found."""
    monkeypatch.setenv("GEXLAKE_WORKERS", value)
    with pytest.raises(SettingInvalid, match=f"GEXLAKE_WORKERS is wrong.*found '{value}'"):
        load_settings()
