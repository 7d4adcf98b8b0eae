"""Who gets how much of what is free."""
