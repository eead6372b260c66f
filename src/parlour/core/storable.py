"""Storable text: what the database keeps as it was sent."""


def is_storable(text: str) -> bool:
    """Whether *text* has neither NUL nor halves of characters (lone surrogates), both of which JSON can bring."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
