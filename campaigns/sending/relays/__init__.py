"""Where mail is handed over: the operator's relays, an account's own, a provider, the MX itself."""
