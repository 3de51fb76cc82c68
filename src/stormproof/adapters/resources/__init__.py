"""Scripts that hosts run for us, one file each: bash and perl texts, data to this package."""
