"""Show what a line does when it warns or fails, without stopping the notebook."""

import re
import textwrap
import warnings
from collections.abc import Generator
from contextlib import contextmanager

# A path from the root: only its last name says anything to a reader on another machine.
_PATH = re.compile(r"(?<![\w:/.])(?:[A-Za-z]:)?[\\/](?:[^\s'\"`:,;\\/]+[\\/])+([^\s'\"`:,;\\/]*)")


@contextmanager
def attempt() -> Generator[None]:
    """Run the lines inside, and print the type and message of each warning and of the error that ends them.

    Examples
    --------
    >>> import warnings
    >>> with attempt():
    ...     warnings.warn("this will go", DeprecationWarning)
    ...     open("/no/such/folder/scan.dcm")
    DeprecationWarning: this will go
    FileNotFoundError: [Errno 2] No such file or directory: 'scan.dcm'
    """
    seen: list[Warning | Exception] = []
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        try:
            yield
        except Exception as error:  # noqa: BLE001 - to show it is what this is for
            seen.append(error)
    told = [note.message for note in noted if isinstance(note.message, Warning)]
    for text in dict.fromkeys(f"{type(what).__name__}: {what}" for what in [*told, *seen]):
        print(textwrap.fill(_PATH.sub(r"\1", text), 92, subsequent_indent="    "))
