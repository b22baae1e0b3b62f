"""The walking network as it stands: streets from the map, what audits changed, barriers."""
