"""Append-only consent records, their hash chain, private values, and standing derived from them."""
