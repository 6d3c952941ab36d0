"""The files that steps hand on to each other: one type each, which both writes and reads them."""
