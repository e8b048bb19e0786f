"""What people see: figures, tables, sentences, pages. Computes no statistic."""
