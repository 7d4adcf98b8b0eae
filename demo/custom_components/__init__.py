"""What the demo's Home Assistant loads besides our integration."""
