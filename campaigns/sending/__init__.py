"""Sending: lease, load with the gate asked again, compile, hand to a transport, mark, recover."""
