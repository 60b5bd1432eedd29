"""How long a folder of DICOM takes to load, beside a bare loop of pydicom, imageio and SimpleITK.

Run it with ``python benchmarks/bench_reading.py``. Each reader works in a process of its own, so that the
peak of memory is its own too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

SLICES, SIZE = 200, 512
SYNTAXES = ("plain", "RLE", "JPEG-LS", "JPEG 2000")
READERS = ("biomedlab", "pydicom loop", "imageio", "SimpleITK")


def make_series(folder: Path, syntax: str, slices: int) -> None:
    """Write a CT-like series: smooth anatomy, noise, signed 16 bits."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import (
        CTImageStorage,
        ExplicitVRLittleEndian,
        JPEG2000Lossless,
        JPEGLSLossless,
        RLELossless,
        generate_uid,
    )

    uids = {"RLE": RLELossless, "JPEG-LS": JPEGLSLossless, "JPEG 2000": JPEG2000Lossless}
    rng = np.random.default_rng(0)
    row, col = np.mgrid[:SIZE, :SIZE] / SIZE - 0.5
    series = generate_uid()
    for pln in range(slices):
        body = np.where(row**2 + col**2 < 0.16 + 0.04 * np.sin(pln / 30), 1060, 24)
        stored = (body + 200 * np.cos(9 * row * col + pln / 9) + rng.normal(0, 12, body.shape)).astype(
            np.int16
        )
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        ds.Modality, ds.SeriesInstanceUID, ds.StudyInstanceUID = "CT", series, series
        ds.InstanceNumber = pln + 1
        ds.Rows = ds.Columns = SIZE
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 1
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
        ds.ImageOrientationPatient, ds.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 1.25 * pln]
        ds.PixelSpacing, ds.SliceThickness = [0.7, 0.7], 2.5
        ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
        ds.PixelData = stored.tobytes()
        if syntax in uids:
            ds.compress(uids[syntax])
        ds.save_as(folder / f"{(pln * 7919) % 100003:06d}.dcm", enforce_file_format=True)


def read(reader: str, folder: Path) -> Any:
    """Load the folder with one reader."""
    if reader == "biomedlab":
        import biomedlab

        return biomedlab.load(folder)
    if reader == "pydicom loop":
        import pydicom

        return [pydicom.dcmread(path).pixel_array for path in sorted(folder.iterdir())]
    if reader == "imageio":
        import imageio

        return imageio.v2.volread(folder, "DICOM")
    import SimpleITK

    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(names))


def measure(reader: str, folder: Path, repeats: int) -> dict[str, float]:
    """Return the best of several times in s, and the peak memory beyond the start in MiB."""
    import resource

    warnings.simplefilter("ignore")
    times = []
    before = 0
    for turn in range(repeats + 1):
        if turn == 1:  # the first turn pays for imports
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.perf_counter()
        found = read(reader, folder)
        times.append(time.perf_counter() - begin)
        del found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"first": times[0], "best": min(times[1:]), "peak": peak / 1024, "grown": (peak - before) / 1024}


def main() -> None:
    """Make the series, measure each reader in its own process, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=SLICES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]), options.repeats)))
        return
    print("| compression | reader | first s | best s | times the bare loop | peak memory MiB |")
    print("|---|---|---|---|---|---|")
    for syntax in SYNTAXES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_series(folder, syntax, options.slices)
            report(syntax, folder, options.repeats)


def report(syntax: str, folder: Path, repeats: int) -> None:
    """Print one line for each reader."""
    found: dict[str, Any] = {}
    for reader in READERS:
        command = [sys.executable, __file__, "--one", reader, str(folder), "--repeats", str(repeats)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        try:
            found[reader] = json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, json.JSONDecodeError):
            found[reader] = None
    bare = found["pydicom loop"]["best"]
    for reader, one in found.items():
        if one is None:
            print(f"| {syntax} | {reader} | does not open | | | |")
        else:
            print(
                f"| {syntax} | {reader} | {one['first']:.2f} | {one['best']:.2f} "
                f"| {one['best'] / bare:.2f} | {one['peak']:.0f} |"
            )


if __name__ == "__main__":
    main()
