"""What a person reads of a dossier: in the terminal, as a page, as a table. Words come from the catalogue."""
