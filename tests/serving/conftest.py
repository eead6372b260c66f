"""The servers that commands start, here too."""

from tests.cli.conftest import data as data
from tests.cli.conftest import folder as folder
from tests.cli.conftest import own_database as own_database
from tests.cli.conftest import serve as serve
