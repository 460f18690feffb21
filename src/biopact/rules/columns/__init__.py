"""The rule language over whole columns: the same conditions, as Polars expressions for millions of flows.

Polars is loaded only where a table is judged.
"""
