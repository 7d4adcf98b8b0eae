"""When an increase may be given, and when not."""
