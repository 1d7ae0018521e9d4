"""``s3pypi-serve``: the whole repository on one machine."""
