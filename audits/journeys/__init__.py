"""Journeys: from what is known about places and people to questions for the router, and back.

Owns where a way may begin and end (entrances with words, addresses, points), the last leg from
the street to behind the door and out again at stops, lifts that are closed at the time, and from
where one can arrive. Owns no search and no HTTP. Invariant: an entrance that this person cannot
use is never a target, and the answer always says how an end was found and how sure that is.
"""
