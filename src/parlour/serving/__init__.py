"""The processes that serve: how they start and end, what they need before, and the connections they take."""
