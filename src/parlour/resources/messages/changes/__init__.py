"""What of a conversation's messages changed above an event number."""
