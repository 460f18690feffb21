"""The linear programs, of a week, of one window and of many weeks, and the solver that holds them."""
