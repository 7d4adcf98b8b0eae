"""The ways to a charger: each carries out commands, and says what failed."""
