"""What people see: pages, tables, figures and sentences made of estimates. Nothing here computes a statistic."""
