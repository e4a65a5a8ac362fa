"""Public pages: agree, refuse, unsubscribe, your choices. GET changes nothing."""
