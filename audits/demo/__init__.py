"""The demo city's people and what they found. Labelled as demo data everywhere."""
