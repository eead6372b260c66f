"""What tests of explanations need: a receiver, and accounts that call it."""

from tests.webhooks.conftest import receiver as receiver
from tests.webhooks.conftest import told as told
