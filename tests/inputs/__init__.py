"""The readings: what comes of the states of the meter and of the chargers' sensors."""
