"""Real processes: Home Assistant as a user runs it, seen from outside."""
