"""What tells others how this server fares and what happens in it: health, metrics, the feed of facts, the live tail."""
