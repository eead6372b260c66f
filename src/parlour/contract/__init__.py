"""Level 2: how a resource describes itself to the entry points. Pure; knows no resource."""
