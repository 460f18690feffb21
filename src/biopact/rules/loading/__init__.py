"""From files to a rule set, and the rule set an option would make."""
