"""Level 1: the pure words of the house. Imports nothing but the standard library and msgspec."""
