"""Level 4: one folder per resource. A resource imports those before it in the order of ``catalogue.py``."""
