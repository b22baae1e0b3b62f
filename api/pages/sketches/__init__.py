"""What a sketch map shows and says, gathered from the same reads as the page beside it.

A sketch of a view numbers the places as the list of the same address does; one of a place calls
its entrances by the letters that its page uses; one of a route draws what `/v1/routes` answered.
Owns the sentences; how things are drawn is `geo.sketches`.
"""
