"""``s3pypi-admin``: gives and takes away access."""
