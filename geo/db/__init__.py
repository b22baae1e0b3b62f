"""The database kit: base model, engines, sessions, error translation and the change log."""
