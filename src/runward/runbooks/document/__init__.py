"""What a Markdown file is made of, before any meaning."""
