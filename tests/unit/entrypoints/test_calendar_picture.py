"""The calendar of a feed in characters."""

from datetime import UTC, date, datetime, timedelta

from gexlake.adapters.nyse_calendar import NyseCalendar
from gexlake.domain.coverage import DayCoverage, SessionHours
from gexlake.entrypoints.cli.commands.coverage import reasons
from gexlake.entrypoints.cli.terminal.calendar_picture import calendar_picture
from gexlake.testing.builders import FEED


def covered(day: date, **facts: object) -> DayCoverage:
    """Make a day whose session is covered from its open to its close."""
    session = NyseCalendar().session(day)
    hours = SessionHours(opens=session.opens, closes=session.closes) if session else None
    known = {"snapshots": 10, "session_first": session and session.opens, "session_last": session and session.closes}
    return DayCoverage.model_validate({"feed": FEED, "date": day, "hours": hours, **known, **facts})


def text(days: list[DayCoverage], width: int = 78) -> list[str]:
    """Draw without colours."""
    return ["".join(words for words, _ in line).rstrip() for line in calendar_picture(days, width=width)]


NOVEMBER = [covered(session.date) for session in NyseCalendar().sessions(date(2025, 11, 24), date(2025, 12, 2))]


def test_a_cell_a_day() -> None:
    """Holidays are no sessions; what lies before and after is left blank; each condition has a mark of its own."""
    days = [*NOVEMBER]
    days[1] = covered(days[1].date, flagged=2)
    days[3] = covered(days[3].date, snapshots=0, session_first=None, session_last=None)
    days[-1] = covered(days[-1].date, running=True)
    assert text(days) == [
        "November 2025     December 2025",
        "Mo Tu We Th Fr    Mo Tu We Th Fr",
        "██ ▒▒ ██ ·  ✗✗    ██ ……",
        "",
        "██ 3 available   ▒▒ 1 degraded   …… 1 pending   ✗✗ 1 missing   · no session",
    ]


def test_months_go_below_one_another_where_there_is_no_room() -> None:
    """On a narrow terminal."""
    lines = text(NOVEMBER, width=20)
    assert [line for line in lines if "2025" in line] == ["November 2025", "December 2025"]


def test_a_weekend_has_columns_only_if_there_is_something_to_see() -> None:
    """A recorder's test on a Saturday."""
    assert "Sa Su" in "\n".join(text([*NOVEMBER, covered(date(2025, 11, 29))]))
    assert "Sa" not in "\n".join(text(NOVEMBER))


def test_reasons_are_told_with_their_measures() -> None:
    """How late, how early, how many."""
    day = date(2025, 10, 6)
    opens = datetime(2025, 10, 6, 13, 30, tzinfo=UTC)
    gap = {"start": opens + timedelta(hours=2), "end": opens + timedelta(hours=2, seconds=125)}
    found = covered(
        day,
        session_first=opens + timedelta(seconds=1205),
        session_last=opens + timedelta(hours=5),
        gaps=(gap,),
        flagged=2,
    )
    assert reasons(found) == [
        "1 gap, 2 min 5 s from 15:30:00",
        "starts 20 min 5 s late",
        "ends 1 h 30 min early",
        "2 flagged ladders",
    ]
    assert reasons(covered(day)) == []
