"""How fast Assent is: each figure beside a reference of the same run (docs/benchmarks.md)."""
