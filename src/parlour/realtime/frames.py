"""Frames: a packet as it leaves. Frames to clients are not masked, so one can be made once and written to many."""

_BINARY = 0x82
"""The first byte of a whole binary message."""
_SMALL, _MEDIUM = 126, 1 << 16


def binary(packet: bytes) -> bytes:
    """The frame that holds *packet*."""
    size = len(packet)
    if size < _SMALL:
        return bytes((_BINARY, size)) + packet
    if size < _MEDIUM:
        return bytes((_BINARY, 126)) + size.to_bytes(2, "big") + packet
    return bytes((_BINARY, 127)) + size.to_bytes(8, "big") + packet
