"""The three CloudFormation templates, as package data: ``bucket.yaml``, ``edge.yaml`` and ``cdn.yaml``."""
