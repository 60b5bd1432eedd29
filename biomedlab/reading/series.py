"""A folder of DICOM files as one volume: which files belong together, and what is set aside."""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np

from biomedlab.image import Image
from biomedlab.reading.dicom import finish, image_of_file
from biomedlab.reading.dicom_file import DicomFile, open_dicom
from biomedlab.reading.dicom_geometry import Plane, letters, planes_of
from biomedlab.reading.dicom_pixels import read_planes
from biomedlab.reading.errors import ImageReadError, refusal, tell
from biomedlab.reading.limits import Limit
from biomedlab.reading.progress import progress
from biomedlab.reading.sniff import HEAD, sniff, stranger
from biomedlab.reading.stack import Stack, by_place, grid_of, kinds_at_one_place, stack_volume

MAX_FILES = 100_000
# Files that lie beside images without being any: set aside, with a word.
_COMPANION_ENDS = """
    txt md rst json xml csv tsv xls xlsx pdf html htm log ini inf exe py ipynb bat sh png jpg jpeg gif bmp
    tif tiff nii gz zip bval bvec yaml yml cfg db doc docx css js
"""
_COMPANIONS = {f".{end}" for end in _COMPANION_ENDS.split()}
_SILENT = {"DICOMDIR", "Thumbs.db", "desktop.ini", "LICENSE", "README", "CHECKSUM", "LOCKFILE", "VERSION"}


@dataclass(frozen=True)
class Candidate:
    """Planes that may be one volume, and the name to choose them by."""

    key: Any
    planes: tuple[Plane, ...]

    @property
    def header(self) -> DicomFile:
        """The first file, which stands for all in what they share."""
        return self.planes[0].file

    def __str__(self) -> str:
        file = self.header
        size = " x ".join(str(n) for n in file.shape)
        words = [
            f"series={self.key!r}:",
            f"{len(self.planes)} images of {size}",
            str(file.get("Modality", "?")),
        ]
        words.append(repr(str(file.get("SeriesDescription", "no description"))))
        if self.planes[0].orientation is not None:
            words.append("rows and columns towards " + "".join(letters(self.planes[0].orientation[::-1].T)))
        return " ".join(words)


def load_folder(path: Path, limit: Limit, series: Any = None) -> Image:
    """Open a folder of DICOM files as one volume.

    Parameters
    ----------
    path : Path
        The folder; folders in it are looked at too, but links to folders are not followed.
    limit : Limit
        Of the image's size.
    series : int or str, optional
        Which series, where there are several: its number, its description, its UID, or the name that the
        refusal lists it by.

    Returns
    -------
    Image
        (pln, row, col) or (t, pln, row, col), with ch last in colour.

    Raises
    ------
    ImageReadError
        If there is no DICOM image, a file cannot be read, or there are several volumes and none is chosen.
    """
    files = _image_files(path, limit)
    groups, localizers = _split(files)
    candidates = _named([part for group in groups for part in _by_kind(group)])
    chosen = next((one for one in _named(localizers) if series is not None and _fits(one, series)), None)
    if chosen is None or any(_fits(one, series) for one in candidates):
        chosen = _chosen(path, candidates, series)
        _tell_of_localizers(path, localizers)
    many = [plane for plane in chosen.planes if plane.file.frames > 1]
    if many or len(chosen.planes) == 1:
        return _only_file(path, chosen, limit)
    return _load_planes(path, chosen.planes, limit)


def _load_planes(path: Path, planes: Sequence[Plane], limit: Limit) -> Image:
    stack = _ordered(path, planes)
    first = planes[0].file
    stored = sum(plane.file.stored_bytes for plane in stack.planes)
    limit.check(path, (*stack.lead, *first.shape), first.stored_dtype, stored)
    values = {plane.values for plane in stack.planes}
    if len(values) > 1:
        tell(f"{path.name}: {len(values)} different rescalings in one series; each plane was given its own")
    return finish(path, stack, read_planes(stack.planes))


def _ordered(path: Path, planes: Sequence[Plane]) -> Stack:
    """Order a series by position; where no position is stated, by what there is instead."""
    if all(plane.offset is not None for plane in planes):
        return stack_volume(path, planes)
    for keyword in ("SliceLocation", "InstanceNumber"):
        numbers = [_number(plane.get(keyword)) for plane in planes]
        if None not in numbers and len(set(numbers)) == len(numbers):
            tell(f"{path.name}: its files state no position; they are ordered by {keyword}")
            order = np.argsort(np.array(numbers, float), kind="stable")
            ordered = [planes[at] for at in order]
            return Stack(tuple(ordered), (len(ordered),), ("pln",), grid_of(path, ordered))
    wrong = f"its {len(planes)} files state neither where they lie nor a number to order them by"
    raise refusal(path, wrong, "open the files one by one")


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _only_file(path: Path, chosen: Candidate, limit: Limit) -> Image:
    files = {plane.file for plane in chosen.planes}
    if len(files) > 1:
        listed = ", ".join(sorted(file.path.name for file in files)[:10])
        raise refusal(
            path, f"{len(files)} files of this series are whole volumes or movies ({listed})", _ONE_BY_ONE
        )
    (file,) = files
    return image_of_file(file, limit)


_ONE_BY_ONE = "open one of them by its own path"


def _image_files(path: Path, limit: Limit) -> list[DicomFile]:
    """Read the headers of all images in the folder; refuse it if one cannot be read."""
    members, others = _members(path)
    files, broken, pictureless = [], [], []
    for member in progress(members, len(members)):
        try:
            file = open_dicom(member, limit)
            if file.place is None and "Rows" not in file.header:
                pictureless.append(member.name)
                continue
            file.check(limit)
            files.append(file)
        except (ImageReadError, OSError) as error:
            broken.append(f"{member.relative_to(path)}: {_reason(error, member)}")
    if broken:
        wrong = f"{len(broken)} of {len(members)} DICOM files cannot be read ({'; '.join(broken[:3])})"
        raise refusal(
            path, wrong, "copy these files again, or take them out of the folder if the volume may lack them"
        )
    if not files:
        raise refusal(path, *_nothing_words(others, pictureless))
    if pictureless:
        count = len(pictureless)
        tell(f"{path.name}: {count} DICOM files without pixels were set aside ({_some(pictureless)})")
    if others:
        tell(f"{path.name}: {len(others)} files that are no DICOM were set aside ({_some(others)})")
    return files


def _reason(error: Exception, member: Path) -> str:
    return str(error).removeprefix(f"{member}: ").split(" To mend it:")[0]


def _nothing_words(others: Sequence[str], pictureless: Sequence[str]) -> tuple[str, str]:
    if pictureless:
        return f"its DICOM files hold no pixels ({_some(pictureless)})", "choose the folder with the images"
    if not others:
        return "the folder is empty", "give the folder that the images are in"
    wrong = f"the folder has no DICOM images; it has {_some(others)}"
    return wrong, "give the path of one file, or of a folder with a DICOM series"


def _members(path: Path) -> tuple[list[Path], list[str]]:
    """Return the DICOM files of a folder and the names of others; refuse what should be DICOM and is not."""
    members, others, broken = [], [], []
    for member in _walk(path):
        if member.name in _SILENT or member.name.startswith("."):
            continue
        head = _head(member)
        if isinstance(head, bytes) and sniff(head, member) == "DICOM":
            members.append(member)
        elif member.suffix.lower() in _COMPANIONS:
            others.append(member.name)
        else:
            words = head if isinstance(head, str) else stranger(head) or "it is no DICOM file"
            broken.append((member.name, words if head else "it is empty"))
    if members and broken:
        listed = "; ".join(f"{name}: {words}" for name, words in broken[:3])
        wrong = f"{len(broken)} of its files cannot be read as DICOM ({listed})"
        raise refusal(path, wrong, "copy them again, or take them out of the folder")
    return members, others + [name for name, _ in broken]


def _head(member: Path) -> bytes | str:
    """Return a file's first bytes, or in words why there are none; only a regular file is ever opened."""
    try:
        if not stat.S_ISREG(member.stat().st_mode):
            return "it is no regular file"
        with member.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        return f"it cannot be opened ({error.strerror or error})"


def _walk(path: Path) -> list[Path]:
    """List the files below a folder, in the order of their names; links to folders are not followed."""
    found: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=_raise):
        folders.sort()
        links = [name for name in names if not (Path(folder) / name).is_dir()]
        found.extend(Path(folder) / name for name in sorted(links))
        if len(found) > MAX_FILES:
            raise refusal(path, f"it holds more than {MAX_FILES} files", "give the folder of one series")
    return found


def _raise(error: OSError) -> None:
    raise refusal(error.filename, f"the folder cannot be read ({error.strerror})")


def _split(files: Sequence[DicomFile]) -> tuple[list[list[Plane]], list[list[Plane]]]:
    """Group images into what can be one volume; return localizers apart."""
    by_series = defaultdict(list)
    for file in files:
        by_series[str(file.get("SeriesInstanceUID", ""))].append(planes_of(file)[0])
    groups = [group for planes in by_series.values() for group in _alike(planes)]
    main = max(groups, key=len)
    if _says_localizer(main):
        return groups, []
    aside = [group for group in groups if group is not main and _is_localizer(group, main)]
    return [group for group in groups if not any(group is one for one in aside)], aside


def _tell_of_localizers(path: Path, groups: Sequence[Sequence[Plane]]) -> None:
    names = [plane.file.path.name for group in groups for plane in group]
    if names:
        tell(f"{path.name}: {len(names)} localizers of another orientation were set aside ({_some(names)})")


def _alike(planes: Sequence[Plane]) -> list[list[Plane]]:
    """Group planes of one size, kind of colour and orientation."""
    groups: list[list[Plane]] = []
    for plane in planes:
        for group in groups:
            if _belongs(plane, group[0]):
                group.append(plane)
                break
        else:
            groups.append([plane])
    return groups


def _belongs(plane: Plane, first: Plane) -> bool:
    if plane.file.shape != first.file.shape or (plane.file.frames > 1) != (first.file.frames > 1):
        return False
    if plane.orientation is None or first.orientation is None:
        return plane.orientation is first.orientation
    return bool(np.allclose(plane.orientation, first.orientation, atol=1e-2))


def _is_localizer(group: list[Plane], main: list[Plane]) -> bool:
    """Return whether images are an overview: they say so, or are a few of the series that lie another way."""
    if _says_localizer(group):
        return True
    same_series = group[0].file.get("SeriesInstanceUID") == main[0].file.get("SeriesInstanceUID")
    few = len(group) <= 3 and len(main) >= 3 * len(group)
    return bool(same_series and few and _turned(group[0].orientation, main[0].orientation))


def _turned(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is not None and other is not None and not np.allclose(one, other, atol=1e-2)


def _says_localizer(group: Iterable[Plane]) -> bool:
    return all("LOCALIZER" in str(plane.get("ImageType") or "").upper() for plane in group)


def _by_kind(group: list[Plane]) -> list[list[Plane]]:
    """Split images that lie at one place and differ in echo, diffusion weighting or kind: several volumes."""
    if len(group) < 2 or any(plane.offset is None for plane in group):
        return [group]
    kind = kinds_at_one_place(by_place(group))
    if kind is None:
        return [group]
    parts = defaultdict(list)
    for plane in group:
        parts[str(plane.get(kind))].append(plane)
    return list(parts.values())


def _named(groups: Sequence[Sequence[Plane]]) -> list[Candidate]:
    """Give each group a name to choose it by: its series number, with a letter where several share it."""
    numbers = [groups_number(group) for group in groups]
    shared, used = Counter(numbers), Counter()
    named = []
    for number, group in zip(numbers, groups, strict=True):
        key: Hashable = number
        if shared[number] > 1 or number is None:
            letter = ascii_lowercase[used[number] % 26] * (1 + used[number] // 26)
            key = f"{'' if number is None else number}{letter}"
            used[number] += 1
        named.append(Candidate(key, tuple(group)))
    return named


def groups_number(group: Sequence[Plane]) -> int | None:
    """Return the series number of a group's first image."""
    number = _number(group[0].file.get("SeriesNumber"))
    return None if number is None else int(number)


def _chosen(path: Path, candidates: list[Candidate], series: Any) -> Candidate:
    listed = "; ".join(str(one) for one in candidates[:20])
    if series is None:
        if len(candidates) == 1:
            return candidates[0]
        wrong = (
            f"it holds {len(candidates)} different series of images, and one array cannot hold them: {listed}"
        )
        raise refusal(path, wrong, "choose one, such as " + f"load(..., series={candidates[0].key!r})")
    fitting = [one for one in candidates if _fits(one, series)]
    if len(fitting) == 1:
        return fitting[0]
    found = "none" if not fitting else "more than one"
    raise refusal(path, f"series={series!r} fits {found} of its series: {listed}", "choose one of these")


def _fits(candidate: Candidate, series: Any) -> bool:
    file = candidate.header
    if str(candidate.key) == str(series):
        return True
    names = (file.get("SeriesInstanceUID"), file.get("SeriesDescription"), groups_number(candidate.planes))
    return str(series) in [str(name) for name in names if name is not None]


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
