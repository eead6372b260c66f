"""Level 2: the only place that opens a database."""
