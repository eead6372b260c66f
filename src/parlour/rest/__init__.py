"""The published API over HTTP: a machine that turns declarations into routes and knows no resource by name."""
