"""The sample images of the course: what there is, where it lies, where it came from.

Everything is in the package, so that a lesson needs no network. `tools/build_data.py` makes every file anew.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = ["Sample", "Samples", "Truth", "names", "path", "truth"]

_HERE = Path(__file__).parent
_HEAD = ("name", "shape", "sampling (mm)", "licence", "source", "axes", "what it is")


@dataclass(frozen=True)
class Sample:
    """One sample image, and what is known of it without opening it.

    Attributes
    ----------
    name : str
        What `path` takes.
    file : str
        Its file or folder, below the package's `data/files`.
    shape : tuple of int
        Number of samples along each of `axes`.
    axes : tuple of str
        Names of the axes, out of t, pln, row, col, ch.
    dtype : str
        NumPy's name for the numbers as stored (a CT is rescaled from them).
    sampling : tuple of float or None
        mm between samples along the spatial axes; None where the file does not say.
    licence, source : str
        On what terms it may be used, and from where it came.
    description, alt : str
        What it is, in a line or two; and what it shows, for those who cannot see it.
    sha256 : str
        Checksum of the file; for a folder, of its lines in `checksums.sha256`.

    Examples
    --------
    >>> names()["brain"].shape, names()["brain"].sampling
    ((181, 217, 181), (1.0, 1.0, 1.0))
    """

    name: str
    file: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    dtype: str
    sampling: tuple[float, ...] | None
    licence: str
    source: str
    description: str
    alt: str
    sha256: str


class Samples(Mapping[str, Sample]):
    """A read-only table of sample images by name, which shows itself as text or HTML.

    Parameters
    ----------
    samples : dict of str to Sample
        The rows, in the order to show them.

    Examples
    --------
    >>> few = Samples({"brain": names()["brain"]})
    >>> list(few)
    ['brain']
    >>> print(few)  # doctest: +ELLIPSIS
    name   shape            sampling (mm)  licence                     source
    brain  181 x 217 x 181  1 x 1 x 1      MNI terms: keep the notice  Debian mricron-data 1.2.20211006: ...
    """

    def __init__(self, samples: dict[str, Sample]) -> None:
        self._samples = MappingProxyType(dict(samples))

    def __getitem__(self, name: str) -> Sample:
        try:
            return self._samples[name]
        except (KeyError, TypeError):
            raise KeyError(_unknown(name, list(self._samples))) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._samples)

    def __len__(self) -> int:
        return len(self._samples)

    def __repr__(self) -> str:
        rows = [_HEAD[:5], *(_cells(sample)[:5] for sample in self.values())]
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, [*widths, 0], strict=True)).rstrip() for row in rows
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        top = "".join(f'<th scope="col" style="text-align:left">{title}</th>' for title in _HEAD)
        body = "".join(_html_row(_cells(sample)) for sample in self.values())
        head = f"<caption>Sample images</caption><thead><tr>{top}</tr></thead>"
        return f"<table>{head}<tbody>{body}</tbody></table>"


@dataclass(frozen=True)
class Truth:
    """What is known exactly of a calculated image.

    Attributes
    ----------
    volumes : mapping of str to float
        True volume in mm3 of each labelled part within the scanned length, before blur and noise.
        The parts do not overlap; the lungs count their small vessels, but not the nodule.
    labels : mapping of str to int
        Number of each part in the label volume.
    nodule_centre : tuple of 3 float
        Centre of the nodule as an index (pln, row, col).
    nodule_centre_mm : tuple of 3 float
        The same point as the patient position (x, y, z) in mm, which grow to L, P and S.
    nodule_diameter : float
        In mm; the nodule is a ball.

    Examples
    --------
    >>> ball = truth("thorax")
    >>> round(3.14159265 / 6 * ball.nodule_diameter**3, 1) == ball.volumes["nodule"]
    True
    """

    volumes: Mapping[str, float]
    labels: Mapping[str, int]
    nodule_centre: tuple[float, float, float]
    nodule_centre_mm: tuple[float, float, float]
    nodule_diameter: float


def names() -> Samples:
    """Return the table of all sample images.

    Returns
    -------
    Samples
        A read-only mapping from name to `Sample`; iterating gives the names.

    Examples
    --------
    >>> "brain" in names()
    True
    >>> names()["thorax"].sampling
    (3.0, 1.5, 1.5)
    """
    return _samples()


def path(name: str) -> Path:
    """Return where a sample image lies.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    pathlib.Path
        A file, or for "thorax" a folder of DICOM files.

    Raises
    ------
    ValueError
        If there is no image of that name; it tells which there are.

    Examples
    --------
    >>> path("histology").name
    'histology.png'
    >>> path("thorax").is_dir()
    True
    >>> path("brian")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: no sample image is called 'brian'; did you mean 'brain'? There are: chest_xray, ...
    """
    table = _samples()
    if not isinstance(name, str) or name not in table:
        raise ValueError(_unknown(name, list(table)))
    return _HERE / "files" / table[name].file


def truth(name: str) -> Truth:
    """Return what is known exactly of a calculated image.

    Parameters
    ----------
    name : str
        "thorax" or "thorax_labels"; nobody knows the truth about the others.

    Returns
    -------
    Truth
        Volumes in mm3, labels, and where the nodule is.

    Raises
    ------
    ValueError
        If there is no such image, or it was not calculated.

    Examples
    --------
    >>> truth("thorax").volumes["nodule"]
    1436.8
    >>> truth("thorax").nodule_centre_mm
    (-74.0, 6.0, -74.0)
    """
    path(name)
    if name not in ("thorax", "thorax_labels"):
        raise ValueError(f"nobody knows the truth about {name!r}; it is known of: thorax, thorax_labels")
    return _thorax_truth()


def _unknown(name: object, known: list[str]) -> str:
    near = get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"no sample image is called {name!r}{hint} There are: {', '.join(known)}"


def _cells(sample: Sample) -> tuple[str, ...]:
    shape = " x ".join(map(str, sample.shape))
    sampling = "unknown" if sample.sampling is None else " x ".join(f"{mm:g}" for mm in sample.sampling)
    axes = ", ".join(sample.axes)
    return sample.name, shape, sampling, sample.licence, sample.source, axes, sample.description


def _html_row(cells: tuple[str, ...]) -> str:
    name, *rest = (escape(cell) for cell in cells)
    data = "".join(f'<td style="text-align:left">{cell}</td>' for cell in rest)
    return f'<tr><th scope="row" style="text-align:left">{name}</th>{data}</tr>'


@cache
def _samples() -> Samples:
    return Samples({name: _sample(name, row) for name, row in _read("registry.json").items()})


def _sample(name: str, row: dict[str, Any]) -> Sample:
    lists = {key: row[key] and tuple(row[key]) for key in ("shape", "axes", "sampling")}
    facts: dict[str, Any] = {**row, **lists, "name": name, "sha256": _checksum(f"files/{row['file']}")}
    return Sample(**facts)


def _checksum(file: str) -> str:
    lines = (_HERE / "checksums.sha256").read_text(encoding="utf-8").splitlines()
    mine = [line for line in lines if f"{line[66:]}/".startswith(f"{file}/")]
    one_file = len(mine) == 1
    return mine[0][:64] if one_file else sha256("".join(f"{line}\n" for line in mine).encode()).hexdigest()


@cache
def _thorax_truth() -> Truth:
    facts = _read("thorax_truth.json")
    facts |= {key: MappingProxyType(facts[key]) for key in ("volumes", "labels")}
    facts |= {key: tuple(facts[key]) for key in ("nodule_centre", "nodule_centre_mm")}
    return Truth(**facts)


def _read(file: str) -> dict[str, Any]:
    return json.loads((_HERE / file).read_text(encoding="utf-8"))
