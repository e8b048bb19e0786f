"""Numbers with their intervals: arrays and tables in, estimates out; knows no programme."""
