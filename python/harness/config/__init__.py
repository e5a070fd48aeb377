"""Settings, loading, the adapter registry and the one composition root."""
