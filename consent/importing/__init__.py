"""Files in: contacts and records out. Reading knows no database; storing works in batches."""
