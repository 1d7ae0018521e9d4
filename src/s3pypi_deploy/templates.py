"""The three templates, ready to be deployed."""

from __future__ import annotations

from importlib.resources import files

_BUCKET = "NameOfTheBucket"
_HASH = "HashOfTheCode"


def bucket_template(name: str) -> str:
    """The first stack, in the region of the repository: the bucket, by its ``name``, and the policies.

    The parameter BucketName has to say the same.
    """
    return _text("bucket.yaml").replace(_BUCKET, name)


def edge_template(code_hash: str) -> str:
    """The second stack, in us-east-1: the function. Its version's logical id is EdgeVersion and the hash."""
    return _text("edge.yaml").replace(_HASH, code_hash)


def cdn_template() -> str:
    """The third stack, in the region of the repository: the distribution, its names, the bucket's policy."""
    return _text("cdn.yaml")


def _text(name: str) -> str:
    return files("s3pypi_cloudformation").joinpath(name).read_text(encoding="utf-8")
