"""Asks: what the page of a flow may ask for, each checked before anything acts on it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from atdata_nb.widgets.requests import Request

# Characters of one thing that is filled in.
LONGEST: Final = 10_000
_Text = Annotated[str, msgspec.Meta(max_length=LONGEST)]
_Form = Annotated[dict[_Text, _Text], msgspec.Meta(max_length=40)]


class FlowRequest(Request, tag="flow", frozen=True):
    """Something for the desk of a dataset, or of the only one, when ``key`` is empty.

    What is asked is checked by the desk; it may hold a password, so it is in no repr.
    """

    ask: dict[str, Any]
    key: str = ""

    def __repr__(self) -> str:
        return f"FlowRequest(id={self.id}, key={self.key!r})"


class Ask(msgspec.Struct, tag_field="kind", frozen=True):
    """Anything that is asked."""


class Begin(Ask, tag="begin", frozen=True):
    """Where things stand: the form, who is signed in, what runs, what was cut short."""


class Licenses(Ask, tag="licenses", frozen=True):
    """Licenses that hold what was typed."""

    query: _Text


class List(Ask, tag="list", frozen=True):
    """Datasets to choose from."""

    query: _Text


class Choose(Ask, tag="choose", frozen=True):
    """Take one of them."""

    key: _Text


class SignIn(Ask, tag="sign_in", frozen=True):
    """Sign in with a handle and an app password."""

    handle: _Text
    password: _Text
    remember: bool = False

    def __repr__(self) -> str:
        # What is asked may end up in a traceback; the password never does.
        return f"SignIn(handle={self.handle!r})"


class SignInToSandbox(Ask, tag="sandbox", frozen=True):
    """Sign in to the network on this machine; it is started where it does not run."""


class SignOut(Ask, tag="sign_out", frozen=True):
    """Let somebody else sign in."""


class Column(msgspec.Struct, frozen=True):
    """How a column of the data becomes a field.

    Attributes:
        source: name of the column.
        name: name of the field.
        type: its type, as the table offers it; empty for the one that was found.
        optional: whether a value may be missing.
        keep: whether it is taken over at all.
    """

    source: _Text
    name: _Text
    type: _Text = ""
    optional: bool = False
    keep: bool = True


class MakePlan(Ask, tag="plan", frozen=True):
    """The plan that follows from the form, and for new data from its columns."""

    form: _Form
    columns: Annotated[list[Column], msgspec.Meta(max_length=10_000)] = []


class Look(Ask, tag="look", frozen=True):
    """How an errand gets on."""

    errand: int


class Start(Ask, tag="start", frozen=True):
    """Carry out the plan of that number, the one that was looked at."""

    plan: int


class Progress(Ask, tag="progress", frozen=True):
    """What has happened to the run since."""

    since: Annotated[int, msgspec.Meta(ge=0)] = 0


class Cancel(Ask, tag="cancel", frozen=True):
    """End the run."""


class Again(Ask, tag="again", frozen=True):
    """Leave the run to itself, and show the form."""


class Retry(Ask, tag="retry", frozen=True):
    """Begin the run once more; what it has done already is not done twice."""


class Others(Ask, tag="others", frozen=True):
    """The runs that other pages have begun, and that go on."""


class Show(Ask, tag="show", frozen=True):
    """Show one of them here."""

    id: int


class Promote(Ask, tag="promote", frozen=True):
    """Go on to the network with what was written to an index of this machine."""


class Resume(Ask, tag="resume", frozen=True):
    """Go on with a run that was cut short.

    Attributes:
        id: which one.
        credentials: where those of its bucket are: a file or a profile, never the keys.
    """

    id: _Text
    credentials: _Text = ""


class RollBack(Ask, tag="roll_back", frozen=True):
    """Take back what a run that was cut short has made; as `Resume`."""

    id: _Text
    credentials: _Text = ""


AnyAsk = (
    Begin
    | Licenses
    | List
    | Choose
    | SignIn
    | SignInToSandbox
    | SignOut
    | MakePlan
    | Look
    | Start
    | Progress
    | Cancel
    | Again
    | Retry
    | Others
    | Show
    | Promote
    | Resume
    | RollBack
)


def read_ask(content: dict[str, Any]) -> AnyAsk:
    """Return what was asked; msgspec.ValidationError when it is nothing of the above.

    >>> read_ask({"kind": "sign_in", "handle": "me.test", "password": "hunter2"})
    SignIn(handle='me.test')
    """
    ask: AnyAsk = msgspec.convert(content, AnyAsk)
    return ask
