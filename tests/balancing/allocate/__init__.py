"""Who gets how much: each rule by itself, and within a decision."""
