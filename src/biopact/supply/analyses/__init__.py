"""What is asked of a network besides: one scenario, policies and budgets, waiting, ranges, dependence, the law."""
