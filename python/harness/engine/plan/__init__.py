"""Plans: the steps of a goal, reviewed, executed, kept and restarted."""
