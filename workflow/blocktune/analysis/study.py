"""The study that tables and figures show."""

from ..files.study import Study

__all__ = ["Study"]
