"""Hooks: which of the webhooks that are configured at an account, its services and conversations an event concerns.

A service that has a URL of its own takes the place of the account wholly; the webhooks of a conversation come in
addition to either.
"""
