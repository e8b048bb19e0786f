"""What may leave: tables protected together, attacked before they are published."""
