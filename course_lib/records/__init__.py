"""What happened: frozen snapshots read from Prefect's API."""
