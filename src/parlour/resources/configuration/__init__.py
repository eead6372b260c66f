"""Configuration: the settings of an account. There is exactly one; it is fetched and updated, never made.

The default timers are given to conversations created afterwards without timers of their own, in every service of
the account. Changing the default service points every short path to another service at once.
"""
