"""How SQL is carried out statement by statement."""
