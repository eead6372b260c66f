"""SQL of the delivery machine."""
