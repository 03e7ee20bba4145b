"""Hold what happened in all steps against what the procedure as a whole expects."""
