"""What comes in: parameters, files, schemas, the store."""
