"""What the server shows of itself: its health, its metrics, the feed of facts, and everything as it happens."""
