"""Composition: builds the parts of a process from the settings, each complete, in the order of what needs what."""
