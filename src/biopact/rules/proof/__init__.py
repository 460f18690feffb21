"""What can be shown of rules: lint, equivalence, witnesses, mutation."""
