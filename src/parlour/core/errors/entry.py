"""What every entry of the error catalogue is."""

from typing import ClassVar


class ApiError(Exception):
    """A refusal in the published shape; only its subclasses are raised."""

    status: ClassVar[int]
    code: ClassVar[int]
    template: ClassVar[str]

    def __init_subclass__(cls, *, status: int, code: int, message: str) -> None:
        cls.status, cls.code, cls.template = status, code, message

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.template.format_map(details) if details else self.template)
