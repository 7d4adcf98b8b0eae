"""Observe mode: what the balancer would have done, where no command is sent.

The core decides as always. What it is given is not the site as it is, but as it would be had its
commands been obeyed. All here is pure, as the core is.
"""
