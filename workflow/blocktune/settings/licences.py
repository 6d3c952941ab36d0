"""Licences by the names of SPDX, which catalogues of models and of studies know."""

_OPEN = ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "GPL-3.0", "LGPL-3.0", "MIT", "ODbL-1.0", "Unlicense")
_CC = [f"CC-BY{terms}-{number}" for terms in ("", "-NC", "-NC-ND", "-NC-SA", "-ND", "-SA") for number in ("3.0", "4.0")]

KNOWN = {name.lower(): name for name in (*_OPEN, *_CC, "CC-BY-2.0")}
"""SPDX's spelling by the same in small letters."""
