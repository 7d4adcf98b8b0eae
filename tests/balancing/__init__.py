"""The core by itself: Home Assistant takes no part in these tests."""
