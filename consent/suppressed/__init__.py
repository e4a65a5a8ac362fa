"""The page Suppression: addresses that must not be mailed, why, and since when.

Read in order: reading (one page, counts, addresses), showing, adding, lifting, exporting, then the
import of a list (models, files, importing) and the views. Rows are written by consent.ledger only.
"""
