"""What a repository is: distributions, records, pages, and the bucket that holds them."""
