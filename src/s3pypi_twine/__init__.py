"""``s3twine``: uploads wheels and sdists, and keeps the index right."""
