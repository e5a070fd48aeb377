"""What the events add up to: service levels, drift, health."""
