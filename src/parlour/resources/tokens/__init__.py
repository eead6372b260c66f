"""Tokens: access tokens that parlour itself makes, for first steps and tests. Nothing of them is kept.

In earnest the integrator's own server makes them, with one of the official libraries and an API key. Here the key's
secret never leaves the server: it is the key that the caller names, or has called with, or else one that is made for
this the first time. Revoking that key ends all tokens that it has signed.
"""
