"""Access tokens: what an integrator's own server signs for one user, so that a client SDK can act as that user.

A token is a JWT (RFC 7519) that one of the account's API keys has signed. ``tokens/read.py`` reads one and says what
is wrong with it, in a fixed order; ``tokens/mint.py`` makes one. Neither asks a database: the key's secret and the time
are handed in. ``docs/chapters/tokens.md`` is for those who make tokens.
"""
