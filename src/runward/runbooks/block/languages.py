"""Say in which language a block is carried out, where its fence names the shell or nothing at all."""

from runward.runbooks.block.forms import Form, form_of


def executed_as(text: str, lang: str) -> str:
    """The language that this text of a shell fence, or of one without a name, is really written in.

    The risk of a block is judged by its form; what is judged as SQL must never reach a shell, where
    `SELECT $(rm x);` would remove x before it fails.
    """
    return "sql" if form_of(text, lang) is Form.SQL else "bash"
