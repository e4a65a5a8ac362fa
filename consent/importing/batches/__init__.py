"""One batch of an import into contacts and records."""
