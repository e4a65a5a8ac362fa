"""What is written: blocks, merge tags, links, rendering, previews, checks; no word leaves here."""
