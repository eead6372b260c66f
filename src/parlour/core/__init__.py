"""Level 1: the pure words of parlour. Imports nothing but the standard library and msgspec."""
