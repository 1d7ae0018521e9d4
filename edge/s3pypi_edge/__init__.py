"""The Lambda@Edge function: lets in those who belong, and no one else.

Standard library only, because every millisecond of its start is paid by someone's ``pip install``.
It also owns what the other rooms share with it: keys, the user store's format, credentials.
"""
