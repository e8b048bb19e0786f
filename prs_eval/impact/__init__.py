"""Did it change anything: designs that compare places and times; tables in, effects out; knows no programme."""
