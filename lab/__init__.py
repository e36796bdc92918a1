"""A whole multi-host network on one Linux machine; see README.md. Standard library only."""
