"""Comparing record, page, root and objects with one another, and mending what can be mended."""
