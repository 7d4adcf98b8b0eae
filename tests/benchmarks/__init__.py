"""The benchmark's own house, chargers, meters and figures: what judges must be judged."""
