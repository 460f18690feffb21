"""Measurements. Each module is run by itself: ``python -m bench.NAME``."""
