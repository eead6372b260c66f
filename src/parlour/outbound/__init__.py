"""Outbound: how parlour calls other people's servers, for whatever reason.

One HTTP client per process, which reaches public addresses only unless the operator allows others, and bounds how long
a call takes and how much of an answer it reads.
"""
