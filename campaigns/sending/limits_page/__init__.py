"""Marketing > Settings > Sending limits: relay, limits, warm-up, today's numbers."""
