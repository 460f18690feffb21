"""What people read: tables in the terminal, and reports in one file. Plots are drawn only when a report asks for one."""
