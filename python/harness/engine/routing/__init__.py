"""Who answers: strategies, health and keys."""
