"""The dialogs by step."""
