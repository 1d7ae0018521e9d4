"""Moving in: files of an index, a folder, or a bucket that s3pypi filled."""
