"""Conditions as a graph in strong Kleene logic, which columns and proofs are made from."""
