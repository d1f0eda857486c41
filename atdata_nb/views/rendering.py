"""Templates: Jinja with autoescape, one environment, one stylesheet, no way around either."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")
_AROUND = re.compile(r" ?([{};,>]) ?")


def render(name: str, **facts: Any) -> str:
    """Return a template of ``views/templates`` filled with facts."""
    return _environment().get_template(name).render(**facts).strip()


@cache
def stylesheet() -> str:
    """Return the stylesheet without comments and needless spaces."""
    text = files(__package__).joinpath("atdata.css").read_text("utf-8")
    return _AROUND.sub(r"\1", _SPACE.sub(" ", _COMMENT.sub("", text))).strip()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader(str(__package__), "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The stylesheet is ours; escaping would turn its child selectors into text.
    environment.globals["stylesheet"] = Markup(stylesheet())  # noqa: S704
    # JupyterLab sets all cells to the right, and where it strips the stylesheet it leaves this.
    # Where there may be thousands of cells the templates spell it out, which is faster.
    environment.globals["left"] = Markup(' style="text-align:left"')
    return environment
