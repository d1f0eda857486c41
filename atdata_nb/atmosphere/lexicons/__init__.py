"""Lexicons: what records of datasets, schemas, lenses and labels look like, in both namespaces.

The documents beside this file are the one place where their limits stand. Of
``science.alt.dataset`` they say what its authors publish; ``ac.foundation.dataset`` has no
published documents, so they say what its records hold.
"""

from __future__ import annotations

from atdata_nb.atmosphere.lexicons.documents import definition, lexicon, lexicons, limit
from atdata_nb.atmosphere.lexicons.validator import check_lexicon

__all__ = ["check_lexicon", "definition", "lexicon", "lexicons", "limit"]
