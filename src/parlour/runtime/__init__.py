"""Level 3: what an action may ask for, and what runs beside it. Knows no resource."""
