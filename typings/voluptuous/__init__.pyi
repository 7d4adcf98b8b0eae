from probatio import *  # Home Assistant runs probatio under this name.
