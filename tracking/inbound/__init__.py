"""What comes back: bounces, complaints, automatic answers, and what providers report."""
