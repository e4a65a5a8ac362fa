"""The data set: two accounts of the same kind, a thousand contacts and a million."""
