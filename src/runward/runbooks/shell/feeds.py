"""Know what a command hands on: the text that it prints, and whether it is sent away."""

import re

from tree_sitter import Node

from runward.runbooks.shell.model import Command


def is_in_background(node: Node) -> bool:
    """Whether an ampersand sends this away: the statement itself, or the pipeline or list it is the end of."""
    following = node.next_sibling
    while (
        following is None
        and node.parent is not None
        and node.parent.type in {"redirected_statement", "pipeline", "list"}
    ):
        node = node.parent
        following = node.next_sibling
    return following is not None and following.type == "&"


def printed_by(command: Command) -> str | None:
    """The text that a command prints, where it can be known without running it."""
    if not command.words or any(not word.fixed for word in command.words) or command.redirects:
        return None
    name, *arguments = [word.text for word in command.words]
    if name == "echo":
        while arguments and re.fullmatch(r"-[neE]+", arguments[0]):
            arguments.pop(0)
        return " ".join(arguments)
    if name == "printf" and arguments and "%" not in arguments[0]:
        return arguments[0].replace("\\n", "\n")
    if name == "cat" and not arguments and command.feed and command.feed.kind == "text":
        return command.feed.text
    return None
