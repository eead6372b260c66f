"""Limits: what one client may send, hold and keep waiting, so that it costs nothing to the others."""

SOCKET_PATH = "/v3/wsconnect"
MAX_HEAD_BYTES = 16 * 1024
"""Of the handshake."""
LOG_IN_TIMEOUT_SECONDS = 10.0
"""From the first byte to the packet that logs in."""
MAX_FIRST_MESSAGE_BYTES = 64 * 1024
MAX_MESSAGE_BYTES = 1024 * 1024
SMALL_BYTES = 64 * 1024
"""What a client may always have under way; what is larger counts for the next limit, too."""
MAX_HELD_BYTES = 64 * 1024 * 1024
"""Of messages whose end has not come, and of requests that are being answered; of all clients together."""
MESSAGE_TIMEOUT_SECONDS = 30.0
"""For which a message may be under way that has begun."""
PING_SECONDS = 30
"""Between two pings: native clients give up after 45 seconds without any."""
SILENCE_SECONDS = 75.0
"""Without a byte, though clients answer every ping."""
MAX_WAITING_BYTES = 1024 * 1024
"""Of what a client has not read, for so long as the next line says."""
READ_TIMEOUT_SECONDS = 10.0
MAX_WAITING_BYTES_AT_ONCE = 8 * 1024 * 1024
"""Of the same, at any moment."""
CLOSE_TIMEOUT_SECONDS = 5.0
"""For which a client may take leave, once it knows that the socket closes."""
