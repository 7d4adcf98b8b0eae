"""What was recorded can be told, and decided again."""
