"""Several messages become one report, a report becomes a case; duplicates are linked."""
