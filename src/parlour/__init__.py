"""parlour: a self-hosted server that is wire-compatible with the Twilio Conversations API."""

__version__ = "0.1.0"
