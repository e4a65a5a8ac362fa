"""Recipients: one contact in one campaign, the state on screen, the counts that add up."""
