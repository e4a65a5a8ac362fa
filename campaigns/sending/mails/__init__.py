"""How one mail of a campaign comes to be: its parts by definition, and its bytes, fast."""
