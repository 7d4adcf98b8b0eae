"""What Home Assistant's entities say becomes readings: the one place where states are read."""
