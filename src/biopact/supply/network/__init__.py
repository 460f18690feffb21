"""What is written of a network: its tables, read and checked, with their sources, and all of it in indexes."""
