"""``python -m biopact.cli``."""

from biopact.cli import main

main()
