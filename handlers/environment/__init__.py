"""The frozen snapshot of what this installation knows beside the database: rules, limits, units, calendar."""
