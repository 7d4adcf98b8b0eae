"""The way to a charger: calls, retries and what is given up."""
