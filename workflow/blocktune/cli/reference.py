"""The reference of all commands as Markdown, made from the parser that reads them."""

import argparse
from collections.abc import Iterator

from .main import FOR_PEOPLE, parser

_PAGE = """# Commands

`blocktune COMMAND --help` says the same. A user's mistake ends with one line and exit status 2.
"""


def commands_page() -> str:
    """Return a page with every command's help, first those for people."""
    found = dict(_commands())
    parts = [_PAGE, "## For you"]
    parts += [_help(name, found[name]) for name in FOR_PEOPLE]
    parts.append("## Called by the workflow")
    parts += [_help(name, command) for name, command in found.items() if name not in FOR_PEOPLE]
    return "\n\n".join(parts) + "\n"


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _help(name: str, command: argparse.ArgumentParser) -> str:
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100, max_help_position=30)
    return f"### blocktune {name}\n\n```text\n{command.format_help().strip()}\n```"
