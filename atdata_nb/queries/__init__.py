"""Queries: conditions on samples, as text or typed, and how they are decided.

An expression is a small tree. It is never run as Python, nor handed to anything that runs text.
docs/queries.md has the language.
"""

from atdata_nb.queries.expressions import Expression
from atdata_nb.queries.parsing import parse
from atdata_nb.queries.typed import Column, as_expression, col

__all__ = ["Column", "Expression", "as_expression", "col", "parse"]
