"""Review, launch, prepare, wait for consent, pause, resume, stop, finish."""
