"""Links that the operator stopped: what they led to is abused."""
