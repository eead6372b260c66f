"""Accounts and their API keys: who may come in. Every account is a world of its own.

Neither is part of the published API; they are made and listed with ``parlour account`` and ``parlour key``. An
account's SID with its auth token, or an API key's SID with its secret, are the credentials of every REST call.
"""
