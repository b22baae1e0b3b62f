"""What people report: audits, photos, reviews, facts and the words that follow from them.

Imports `geo`, never `api`, and knows no HTTP. Everything that changes the map or a route is
pushed into `geo` in the same transaction as the decision that changed it.
"""
