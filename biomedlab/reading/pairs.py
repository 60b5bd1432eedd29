"""The header beside a data file, of formats that keep the two apart."""

from __future__ import annotations

from pathlib import Path

_HEADERS = {".img": ".hdr", ".rec": ".par", ".brik": ".head", ".raw": ".mhd", ".zraw": ".mhd"}


def header_beside(path: Path) -> Path | None:
    """Return the header file that goes with a data file, if there is one.

    Examples
    --------
    >>> header_beside(Path("no_such.img")) is None
    True
    """
    name = path.name
    base = name[:-3] if name.lower().endswith(".gz") else name
    suffix = Path(base).suffix
    header = _HEADERS.get(suffix.lower())
    if header is None:
        return None
    options = [base[: -len(suffix)] + one for one in (header, header.upper())]
    found = (path.with_name(one + end) for one in options for end in ("", ".gz"))
    return next((one for one in found if one.is_file()), None)
