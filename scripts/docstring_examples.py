"""For the documentation site: a docstring's ``Example:`` is drawn as the code that it is.

The parser knows that section by the name ``Examples:`` alone, and takes the other for prose.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object


class DocstringExamples(Extension):
    """Renames the section in what the parser reads."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Rename it in one docstring."""
        if obj.docstring is not None:
            text = obj.docstring.value
            obj.docstring.value = re.sub(
                r"^( *)Example:$", r"\1Examples:", text, flags=re.MULTILINE
            )
