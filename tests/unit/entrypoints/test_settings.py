"""The settings and where they come from."""

import os
import re
from pathlib import Path

import pytest

from gexlake.domain.errors import GexlakeError
from gexlake.entrypoints.settings.model import SettingInvalid, Settings, load_settings
from gexlake.entrypoints.settings.sources import SettingsFileInvalid

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
#: Defaults that are worked out, as the page words them.
WORDED = {"workers": "the processors this process may use", "cache": "`redis` with a Redis, else `memory`"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with no variable of ours set."""
    for name in list(os.environ):
        if name.startswith("GEXLAKE_") or name == "REDIS_URL":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_anything_the_lake_is_beside_the_user() -> None:
    """In ./lake."""
    assert load_settings().lake == Path("lake")
    assert load_settings().workers >= 1


def test_the_nearest_source_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options, the environment, .env, TOML, defaults; each only where the one before is silent."""
    (folder / "gexlake.toml").write_text('lake = "toml"\nhost = "toml"\nwork_pool = "toml"\nport = 1\n')
    (folder / ".env").write_text("GEXLAKE_LAKE=dotenv\nGEXLAKE_HOST=dotenv\nGEXLAKE_WORK_POOL='dotenv'\n")
    monkeypatch.setenv("GEXLAKE_LAKE", "environment")
    monkeypatch.setenv("GEXLAKE_HOST", "environment")
    settings = load_settings(lake=Path("option"), host=None)
    found = settings.lake, settings.host, settings.work_pool, settings.port, settings.cache
    assert found == (Path("option"), "environment", "dotenv", 1, "memory")


def test_an_empty_variable_is_as_good_as_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shell scripts set variables to nothing."""
    monkeypatch.setenv("GEXLAKE_WORKERS", "")
    (folder / ".env").write_text("GEXLAKE_PORT=\nSOMEBODY_ELSES=1\n")
    assert load_settings().workers >= 1
    assert load_settings().port == 8080


def test_another_file_can_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the one in the working directory is not read; one that is named has to be there."""
    (folder / "gexlake.toml").write_text("port = 1\n")
    (folder / "other.toml").write_text('\ufeffapi_keys = ["ann:read:secret"]\nrequest_timeout_seconds = 2.5\n')
    monkeypatch.setenv("GEXLAKE_CONFIG", "other.toml")
    settings = load_settings()
    assert (settings.port, settings.api_keys, settings.request_timeout_seconds) == (8080, ("ann:read:secret",), 2.5)
    monkeypatch.setenv("GEXLAKE_CONFIG", "missing.toml")
    with pytest.raises(SettingsFileInvalid, match=r"missing\.toml is not there\. Correct or unset GEXLAKE_CONFIG\."):
        load_settings()


def test_redis_is_known_by_its_usual_variable_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours counts more where both are set; and with a Redis it is the cache."""
    monkeypatch.setenv("REDIS_URL", "redis://theirs")
    assert (load_settings().redis_url, load_settings().cache) == ("redis://theirs", "redis")
    monkeypatch.setenv("GEXLAKE_REDIS_URL", "redis://ours")
    assert load_settings().redis_url == "redis://ours"
    assert load_settings(redis_url="redis://option").redis_url == "redis://option"
    monkeypatch.setenv("GEXLAKE_CACHE", "none")
    assert load_settings().cache == "none"


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a variable; a file has lists of its own."""
    monkeypatch.setenv("GEXLAKE_CORS_ORIGINS", "https://a.example, https://b.example,")
    monkeypatch.setenv("GEXLAKE_API_KEYS", "ann:read:a:b,bob:read+import:c")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")
    assert load_settings().api_keys == ("ann:read:a:b", "bob:read+import:c")
    monkeypatch.setenv("GEXLAKE_SOURCE_ROOTS", os.pathsep.join(["/data/history", "/mnt/more, here"]))
    assert load_settings().source_roots == (Path("/data/history"), Path("/mnt/more"), Path("here"))


@pytest.mark.parametrize("value", ["many", "0"])
def test_a_wrong_value_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """It names the variable and what was found."""
    monkeypatch.setenv("GEXLAKE_WORKERS", value)
    with pytest.raises(SettingInvalid, match=f"GEXLAKE_WORKERS is wrong.*found '{value}'"):
        load_settings()


def test_a_wrong_option_is_told_by_its_name() -> None:
    """No file and no variable is to blame."""
    with pytest.raises(SettingInvalid, match=r"^The setting workers is wrong: .*found 0\. Correct or unset it\.$"):
        load_settings(workers=0)


def test_a_wrong_value_in_a_file_names_the_file(folder: Path) -> None:
    """And the key as the file spells it."""
    (folder / "gexlake.toml").write_text('workers = "many"\n')
    with pytest.raises(SettingInvalid, match=r"^The setting workers in gexlake\.toml is wrong: .*Correct it or take"):
        load_settings()
    (folder / ".env").write_text("GEXLAKE_WORKERS=0\n")
    with pytest.raises(SettingInvalid, match=r"^The setting GEXLAKE_WORKERS in \.env is wrong: .*found '0'"):
        load_settings()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("work-pool = 'x'", "sets work-pool, which there is not. Write work_pool."),
        ("nonsense = 1", "sets nonsense, which there is not. Take it out; docs/configuration.md lists the settings."),
        ("[server]\nport = 1", "sets server, which there is not."),
        ("port = ", "is no TOML: "),
    ],
)
def test_a_file_that_sets_what_there_is_not_is_told_in_a_sentence(folder: Path, toml: str, words: str) -> None:
    """With the name that was meant, if there is a similar one."""
    (folder / "gexlake.toml").write_text(toml)
    with pytest.raises(SettingsFileInvalid) as caught:
        load_settings()
    assert str(caught.value).startswith(f"The settings file gexlake.toml {words}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["gexlake.toml", ".env"])
def test_a_file_that_is_no_text_is_told_in_a_sentence(folder: Path, file: str) -> None:
    """Whatever it is."""
    (folder / file).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsFileInvalid, match=f"{file} cannot be read: it is not UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "http://:hidden@host"),
        ("API_KEYS", "hidden"),
        ("API_KEYS", "ann:hidden"),
        ("API_KEYS", "ann:admin:hidden"),
        ("API_KEYS", "ann:read:"),
        ("API_KEYS", "ann:read:hidden,bob:read:hidden"),
        ("API_KEYS", "ann:read:hidden,ann:import:other"),
    ],
)
def test_secrets_are_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Neither in an error nor when settings are printed."""
    monkeypatch.setenv(f"GEXLAKE_{name}", value)
    with pytest.raises(SettingInvalid, match=f"GEXLAKE_{name} is wrong") as caught:
        load_settings()
    assert "hidden" not in str(caught.value)
    assert "Value error" not in str(caught.value)
    assert "hidden" not in repr(Settings(redis_url="redis://:hidden@host", api_keys=("ann:read:hidden",)))


@pytest.mark.parametrize("value", ["often", "10", "10/fortnight", "10/second;", "5/0minute"])
def test_a_rate_is_checked(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Before a server starts with it."""
    monkeypatch.setenv("GEXLAKE_RATE_LIMIT", value)
    with pytest.raises(GexlakeError, match="6000/minute"):
        load_settings()


@pytest.mark.parametrize("value", ["10/second", "5 per 2 hours; 10/day", "OFF"])
def test_rates_can_be_written_in_several_ways(value: str) -> None:
    """As the library that keeps them reads them."""
    assert load_settings(rate_limit=value).rate_limit.lower() == value.lower()


def test_the_page_describes_every_setting() -> None:
    """Name, variable, default and description are those of the code, and there are no others."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [
        (name, f"GEXLAKE_{name.upper()}", WORDED.get(name) or worded(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def worded(default: object) -> str:
    """Write a default as TOML would, or say that there is none."""
    if default in (None, ()):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
