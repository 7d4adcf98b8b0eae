"""The balancing core: decides, and does nothing else.

Standard library only: no clock, no logging, no I/O, no Home Assistant. The shell calls
`decide(settings, state, inputs, now)` and carries out what comes back.
"""
