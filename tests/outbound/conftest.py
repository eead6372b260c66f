"""What tests of outbound calls need: a receiver."""

from tests.webhooks.conftest import receiver as receiver
