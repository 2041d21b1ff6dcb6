"""The snapshot and its ladder: what one publication of the vendor says, and the rules it must keep."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from .feed import Feed
from .timestamps import EARLIEST, trading_day

#: A JSON number: int or float, finite; never text, a boolean or null.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Price = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
#: Whole days are stored in 32 bits.
INT32 = 2**31
#: Places in files, and their sizes, in 64.
INT64 = 2**63
Days = Annotated[int, Field(gt=-INT32, lt=INT32)]
#: How many priors a ladder row has, if it has any.
PRIOR_COUNT = 5
#: Half a unit of a ladder row's last decimal; the rows' rounding adds up to this times the rows.
ROW_ROUNDING = 0.005
#: The same for the sums, which come with three to five decimals.
SUM_ROUNDING = 0.0005
#: The walls, and with zero gamma before them all prices that a snapshot names beside ``spot``.
WALLS = ("major_pos_vol", "major_pos_oi", "major_neg_vol", "major_neg_oi")
LEVELS = ("zero_gamma", *WALLS)
#: Of a ticker, a package or a category in UTF-8: folders are named after them, and systems allow 255 bytes, escapes
#: included.
MAX_NAME_BYTES = 64


class StrikeLevel(BaseModel):
    """One row of the ladder.

    ``strike`` is a price; ``gamma`` the GEX by volume and ``oi_gamma`` the GEX by open interest, both in the
    vendor's own unit; ``priors`` holds five earlier values of ``gamma`` in the vendor's order, or none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    strike: Price
    gamma: Number
    oi_gamma: Number
    priors: tuple[Number, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        """Accept the vendor's row ``[strike, gamma, oi_gamma, priors]``, priors being optional."""
        if not isinstance(row, list | tuple):
            return row
        if len(row) not in (3, 4):
            raise PydanticCustomError("row_malformed", "has {n} elements instead of 3 or 4", {"n": len(row)})
        return dict(zip(("strike", "gamma", "oi_gamma", "priors"), row, strict=False))

    @field_validator("priors")
    @classmethod
    def _five_or_none(cls, priors: tuple[float, ...]) -> tuple[float, ...]:
        if len(priors) not in (0, PRIOR_COUNT):
            raise PydanticCustomError("priors_not_five", "has {n} priors instead of 5 or none", {"n": len(priors)})
        return priors


class GexSnapshot(BaseModel):
    """One publication of one feed.

    Prices (``spot``, ``zero_gamma``, the walls ``major_*``) are in units of the underlying, sums and gammas in the
    vendor's own unit, comparable only within a feed. ``zero_gamma`` 0 means *not applicable*. ``net_gex`` is
    net GEX by volume: the source's own, else ``sum_gex_vol``, else the sum of ``gamma`` over the ladder.
    ``extra`` keeps every field that has no place here, ``envelope`` what the recorder wrote around the record.

    Raises:
        pydantic.ValidationError: a rule is broken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticker: Annotated[str, Field(strict=True)]
    package: str = "classic"
    category: str
    timestamp: AwareDatetime
    spot: Price
    zero_gamma: Number
    strikes: Annotated[tuple[StrikeLevel, ...], Field(min_length=1)]
    min_dte: Days | None = None
    sec_min_dte: Days | None = None
    major_pos_vol: Number | None = None
    major_pos_oi: Number | None = None
    major_neg_vol: Number | None = None
    major_neg_oi: Number | None = None
    sum_gex_vol: Number | None = None
    sum_gex_oi: Number | None = None
    delta_risk_reversal: Number | None = None
    max_priors: tuple[tuple[Number, Number], ...] | None = None
    net_gex: Number = Field(default_factory=lambda data: _net_gex(data))  # noqa: PLW0108  # it is defined below
    extra: dict[str, Any] = Field(default_factory=dict)
    envelope: dict[str, Any] = Field(default_factory=dict)

    @field_validator("ticker", "package", "category")
    @classmethod
    def _named(cls, name: str, field: ValidationInfo) -> str:
        if fault := fault_of_name(name):
            kind = "ticker_invalid" if field.field_name == "ticker" else "feed_invalid"
            raise PydanticCustomError(kind, "{fault}", {"fault": fault})
        return name

    @field_validator("timestamp")
    @classmethod
    def _after_2010(cls, timestamp: datetime) -> datetime:
        if timestamp < EARLIEST:
            raise PydanticCustomError("timestamp_before_2010", "lies before 2010")
        return timestamp.astimezone(UTC)

    @field_validator("strikes")
    @classmethod
    def _strikes_differ(cls, strikes: tuple[StrikeLevel, ...]) -> tuple[StrikeLevel, ...]:
        seen: set[float] = set()
        for level in strikes:
            if level.strike in seen:
                raise PydanticCustomError("strike_twice", "holds the strike {s} twice", {"s": level.strike})
            seen.add(level.strike)
        return strikes

    @property
    def feed(self) -> Feed:
        """The feed this snapshot belongs to."""
        return Feed(self.ticker, self.package, self.category)

    @property
    def trading_day(self) -> date:
        """The New York date of the timestamp."""
        return trading_day(self.timestamp)

    @property
    def ladder_adds_up(self) -> bool:
        """Whether the ladder adds up to the sums, up to the rounding of its rows.

        Only the package ``classic`` publishes sums that are the ladder's checksum; others always add up.
        """
        if self.package != "classic":
            return True
        tolerance = ROW_ROUNDING * len(self.strikes) + SUM_ROUNDING
        claims = (
            (self.sum_gex_vol, (level.gamma for level in self.strikes)),
            (self.sum_gex_oi, (level.oi_gamma for level in self.strikes)),
        )
        try:
            return all(claim is None or abs(math.fsum(column) - claim) <= tolerance for claim, column in claims)
        except OverflowError:  # beyond all doubles, and so far from any sum
            return False


def fault_of_name(name: str) -> str:
    """Say why a text cannot name a ticker, a package or a category; empty if it can."""
    if not name.strip():
        return "is empty"
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "holds half a character (a lone surrogate)"
    return f"is longer than {MAX_NAME_BYTES} bytes" if len(name.encode()) > MAX_NAME_BYTES else ""


def lacks_levels(package: str, levels: Iterable[float | None]) -> bool:
    """Say whether a snapshot with these ``LEVELS`` has none of them, as the first one of each day in ``classic``.

    It is kept, but it is no answer to what the levels were at a moment. In other packages 0 means *not applicable*.
    """
    return package == "classic" and not any(levels)


def _net_gex(data: dict[str, Any]) -> float:
    """Net GEX by volume where the source has no ``net_gex`` of its own."""
    if data.get("sum_gex_vol") is not None:
        return float(data["sum_gex_vol"])
    return math.fsum(level.gamma for level in data.get("strikes", ()))
