"""SQL read into statements and judged by what they do."""
