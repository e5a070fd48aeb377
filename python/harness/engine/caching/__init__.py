"""What is not asked twice."""
