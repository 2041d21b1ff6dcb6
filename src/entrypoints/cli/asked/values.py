"""The kinds of values that options and arguments take: each gives a value, or a sentence with the cure."""

from __future__ import annotations

import math
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import click

from ....domain.feed import CATEGORIES, full_category

#: The values of ``OnConflict``, which loads pydantic, for which a help text cannot wait. A test compares the two.
CONFLICT_POLICIES = ("keep", "replace", "fail")


class Category(click.Choice[str]):
    """A category of the vendor, also under its older name: zero, one, full."""

    def __init__(self) -> None:
        super().__init__(CATEGORIES)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the full name."""
        return super().convert(full_category(value), param, ctx)


class Place(click.Path):
    """A path; an empty text is none, for a variable of the shell that is not set would mean the present folder."""

    def __init__(self, **kinds: bool) -> None:
        super().__init__(path_type=Path, **kinds)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Give the path."""
        if value == "":
            self.fail(
                "the path is empty; write '.' for the present folder, or set the variable that it is in.", param, ctx
            )
        try:
            return cast("Path", super().convert(value, param, ctx))
        except click.BadParameter as wrong:
            there = "name another one" if self.file_okay and self.dir_okay else f"name a {self.name}"
            cure = there if os.path.lexists(value) else "check the spelling, or give the full path"
            self.fail(f"{wrong.message.removesuffix('.')}; {cure}.", param, ctx)


class Whole(click.ParamType[int]):
    """A whole number from a least to a most."""

    name = "number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number."""
        try:
            number = int(value)
        except ValueError:
            number = self._least - 1
        if number < self._least or (self._most is not None and number > self._most):
            end = "on" if self._most is None else f"to {self._most}"
            self.fail(f"{value!r:.40} will not do; write a whole number from {self._least} {end}.", param, ctx)
        return number


class Limit(Whole):
    """How many rows are shown at most; more than any lake holds are all of them."""

    def __init__(self) -> None:
        super().__init__(1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number."""
        from ....application.ports.limits import ALL

        return min(super().convert(value, param, ctx), ALL)


class Share(click.FloatRange):
    """A number from 0 to 1; what is no number at all passes every comparison, and none here."""

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the number."""
        share = float(super().convert(value, param, ctx))
        if math.isnan(share):
            self.fail(f"{value!r} is not in the range 0<=x<=1.", param, ctx)
        return share


class Source(click.ParamType[Path]):
    """A folder or file of history; bytes of its name that are not UTF-8 may be written as gexlake writes them."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Give the path that is there."""
        if "\\udc" in str(value):
            from ....application.ports.source_reader import unescaped

            value = unescaped(value)
        return Place().convert(value, param, ctx)


class Output(click.ParamType["Path | None"]):
    """A file to write into; - is stdout, as None is."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | None:
        """Give the path, if it is one."""
        return None if value == "-" else Place(dir_okay=False).convert(value, param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment: ISO-8601 text, UTC where it names no offset, or Unix seconds or milliseconds.

    A date alone means its first instant, or its last with ``last``.
    """

    name = "time"

    def __init__(self, *, last: bool = False) -> None:
        self._last = last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the text."""
        from ....domain.timestamps import parse_moment

        try:
            return parse_moment(value, last=self._last)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2025-10-06T14:30:00Z, 2025-10-06 or 1759761000.", param, ctx)


class Step(click.ParamType[timedelta]):
    """A step of time."""

    name = "step"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read the text."""
        from ...pictures.steps import read_step

        try:
            return read_step(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}.", param, ctx)


class Day(click.ParamType[date]):
    """A date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the text."""
        from ....domain.timestamps import parse_day

        try:
            return parse_day(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write 2025-10-06.", param, ctx)
