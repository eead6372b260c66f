"""How well an application fits: what it uses of the API, as counted or recorded, and where parlour differs."""
