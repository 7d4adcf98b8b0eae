"""What became of the commands: evidence, compliance, and the rule that knows no beliefs."""
