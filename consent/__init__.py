"""May we write to this person? The gate, what is asked, the answers, and the proof.

Read: gate.py (the verdict), forms (what is asked), asking (consent requests), answering (public
pages), ledger (append-only records), importing. May import marketing, never campaigns or tracking.
"""
