"""Diagnosis: what is wrong with the places where data and indexes are, and what to do about it.

>>> import tempfile
>>> home = tempfile.TemporaryDirectory()
>>> report = diagnose(home.name)
>>> report.ok, [finding.subject for finding in report.findings]
(True, ['index', 'index', 'index'])
>>> home.cleanup()
"""

from __future__ import annotations

from atdata_nb.diagnosis.finding import Finding, Report, Severity
from atdata_nb.diagnosis.places import diagnose

__all__ = ["Finding", "Report", "Severity", "diagnose"]
