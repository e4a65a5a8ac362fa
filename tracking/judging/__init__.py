"""Who made a request: person, machine, privacy proxy, unknown; rules with weights as data."""
