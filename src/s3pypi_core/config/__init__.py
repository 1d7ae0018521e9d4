"""Where the repository is, and how this machine knows it."""
