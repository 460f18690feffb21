"""Many flows at once: a table in, a table of verdicts out, equal to judging each flow by itself."""
