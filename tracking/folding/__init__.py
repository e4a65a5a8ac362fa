"""Events into engagement, link clicks and counters; safe to repeat."""
