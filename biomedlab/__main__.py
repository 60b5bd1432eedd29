"""What can be done from a terminal: ``python -m biomedlab COMMAND``."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the terminal.

    Returns
    -------
    int
        0 if all went well, 1 if not, after a sentence on the error stream.
    """
    parser = argparse.ArgumentParser(prog="python -m biomedlab", description=__doc__.partition(":")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    chosen = parser.parse_args(arguments)
    try:
        chosen.run(chosen)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def add_page(commands: Any) -> None:
    """Add ``page``: a notebook becomes one HTML page that browses without a kernel."""
    said = "write a notebook, saved with its widgets' state, as one HTML page that needs no kernel or network"
    command = commands.add_parser("page", help=said, description=said)
    command.add_argument("notebook", metavar="NOTEBOOK.ipynb")
    command.add_argument("-o", "--output", metavar="PAGE.html", help="by default beside the notebook")
    command.set_defaults(run=_page)


def _page(chosen: argparse.Namespace) -> None:
    from biomedlab.widgets.notebook_page import notebook_to_html

    print(notebook_to_html(chosen.notebook, chosen.output))


def add_course(commands: Any) -> None:
    """Add ``course``: the notebooks are copied to a folder, where nothing that was changed is overwritten."""
    said = "copy the course's notebooks to a folder; those that you changed there are kept"
    command = commands.add_parser("course", help=said, description=said)
    command.add_argument("folder", metavar="FOLDER", help="made if it is not there")
    command.set_defaults(run=_course)


def _course(chosen: argparse.Namespace) -> None:
    from biomedlab.course import copy_course

    print(copy_course(chosen.folder))


# Each adds one command; what a command needs is imported when it runs.
COMMANDS = (add_page, add_course)

if __name__ == "__main__":
    sys.exit(main())
