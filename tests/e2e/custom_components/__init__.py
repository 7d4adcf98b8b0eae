"""Integrations that the end-to-end tests link into their Home Assistant."""
