"""What would have been: the core, a site's past house, and cars that take all they are given."""
