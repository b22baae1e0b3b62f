"""Places and their measurable parts, and the districts they lie in."""
