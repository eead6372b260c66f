"""How a command says that it cannot do its work."""


class CannotDo(Exception):
    """A command cannot do its work; the message says why and how to mend it."""
