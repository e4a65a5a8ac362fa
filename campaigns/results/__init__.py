"""Tables engagement and counters, written only by tracking.folding; the Statistics column."""
