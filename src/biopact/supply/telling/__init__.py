"""How a run is told: as JSON, in words, as drawings, as a page and as files."""
