"""One leg at a time, with reasons: conditions compiled, what is in force, who is asked what, why."""
