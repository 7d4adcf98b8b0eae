"""The dialogs' forms by step, each with what it refuses and what it warns of."""
