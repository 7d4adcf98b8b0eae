"""What was decided and why, kept for those who ask afterwards."""
