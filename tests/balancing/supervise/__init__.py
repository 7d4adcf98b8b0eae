"""Supervision: what commands should show, who follows, and the rule that knows no beliefs."""
