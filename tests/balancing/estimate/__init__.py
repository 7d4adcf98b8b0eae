"""What the chargers may draw, and what is left of a reading for the house."""
