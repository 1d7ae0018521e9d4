"""``s3pypi-deploy``: from a domain name to a working repository, and back."""
