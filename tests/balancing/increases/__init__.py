"""Increases: what each rule waits for, by itself and within a decision."""
