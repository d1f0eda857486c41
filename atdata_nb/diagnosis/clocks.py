"""Clocks: how far the clock of a server is from the one of this machine."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from atdata_nb.diagnosis.finding import advice, good, problem

if TYPE_CHECKING:
    from atdata_nb.diagnosis.finding import Finding

# Requests that are signed 15 minutes off are refused (Amazon S3 API Reference, "Authenticating
# Requests"); access tokens of a PDS, and who was first, go wrong much earlier.
TOO_FAR: Final = 60.0
FAR: Final = 5.0
_REMEDY: Final = "set this machine's clock, for example with `timedatectl set-ntp true`"


def check_clock(subject: str, theirs: float, sent: float, answered: float) -> Finding:
    """Compare a server's time with ours when it was asked and when it had answered.

    >>> check_clock("redis", 1000.0, 990.0, 992.0)
    advice   redis  its clock is 8 s ahead of this machine's
                    set this machine's clock, for example with `timedatectl set-ntp true`
    """
    # It said so at some time in between.
    ahead = theirs - answered if theirs > answered else min(0.0, theirs - sent)
    told = (
        f"its clock is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's"
    )
    if abs(ahead) > TOO_FAR:
        return problem(subject, told, _REMEDY)
    if abs(ahead) > FAR:
        return advice(subject, told, _REMEDY)
    return good(subject, "its clock agrees with this machine's")


def check_date(subject: str, date: str | None, sent: float, answered: float) -> Finding:
    """Compare the ``Date`` header of an answer, which knows no fractions of a second."""
    try:
        theirs = parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return advice(subject, "its answers have no date", "compare its clock by hand")
    return check_clock(subject, theirs, sent - 1, answered)
