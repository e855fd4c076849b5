"""The build: notebooks from masters, stable outputs, documents, the lock."""
