"""Photos: taken in by bytes, cleaned by the worker, shown only when nothing private is left."""
