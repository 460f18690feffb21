"""The language: conditions, typed facts, rules and tables as they are written, and what may stand where."""
