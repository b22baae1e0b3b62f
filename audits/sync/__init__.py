"""What phones keep in step with: their audits, the places and barriers of an area, bundles."""
