"""Write the small documents that show a rule's mistake and its repair."""


def example(title: str, lang: str, *lines: str) -> str:
    """A document of one title and one fenced block."""
    return "\n".join((f"# {title}", "", f"```{lang}", *lines, "```", ""))
