"""``python -m biopact``."""

from biopact.cli import main

main()
