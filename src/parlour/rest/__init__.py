"""Level 5: the REST entry point. A machine that turns declarations into routes; it knows no resource by name."""
