"""The keyring backend: gives pip and its friends the credentials of configured repositories."""
