"""Credentials: what signs an account in to a push service, Apple's (``apn``) or Google's (``fcm``, once ``gcm``).

The secrets (certificate, private key, API key, server secret) are only ever written: they are stored encrypted and
never shown, logged or told. None is required, and what they hold is not looked into. A changed credential keeps the
secrets that were not sent again. wire: ``sandbox`` is the text ``True`` or ``False``, and null for what is not Apple's.
"""
