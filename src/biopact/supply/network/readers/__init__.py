"""Readers of public files that a user downloads: nothing here goes to a network."""
