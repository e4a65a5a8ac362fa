"""Excel workbooks as uploads: turned into the CSV that all other pages read."""
