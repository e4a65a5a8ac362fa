"""What a country asks: the policy as versioned data, the More tab, consent and tracking rules."""
