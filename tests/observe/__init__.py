"""What an observed site would have done."""
