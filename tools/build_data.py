"""Rebuild every sample image that biomedlab ships, from named packages and from `thorax.py`.

Run it as `uv run python tools/build_data.py` (all, some four minutes) or with names, as in
`uv run python tools/build_data.py brain nuclei`. It needs `uv` for the packages of PyPI; "brain" also needs
the `apt-get` and `dpkg-deb` of a Debian-like system. With the versions that pyproject.toml pins, the files
come out byte for byte; their checksums are then written to biomedlab/data/checksums.sha256.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import thorax
from nibabel.orientations import axcodes2ornt, io_orientation, ornt_transform
from PIL import Image, PngImagePlugin
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

DATA = Path(__file__).parents[1] / "biomedlab" / "data"
FILES = DATA / "files"
PYDICOM_DATA = "pydicom-data==1.0.0"
STARDIST = "stardist==0.9.2"
SCIKIT_IMAGE = "scikit-image==0.26.0"
MRICRON_DATA = "mricron-data=1.2.20211006+dfsg-4"
ECHO_FRAMES = 60


def from_pypi(requirement: str) -> Path:
    """Return a fresh folder that holds one installed package, without what it depends on."""
    folder = Path(tempfile.mkdtemp(prefix="biomedlab-"))
    command = [
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--no-deps",
        "--target",
        str(folder),
    ]
    subprocess.run([*command, requirement], check=True)
    return folder


def from_debian(package: str) -> Path:
    """Return a fresh folder that holds the files of one Debian package."""
    folder = Path(tempfile.mkdtemp(prefix="biomedlab-"))
    subprocess.run(["apt-get", "download", package], cwd=folder, check=True)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", str(archive), str(folder)], check=True)
    return folder


def chest_xray() -> None:
    """Copy the radiograph as it came, and write a PNG of it as a person reads it."""
    source = from_pypi(PYDICOM_DATA) / "data_store" / "data" / "RG1_UNCR.dcm"
    target = (
        FILES / "chest_xray" / "chest_xray.dcm"
    )  # a folder of its own: imageio reads all that lies beside
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    ds = pydicom.dcmread(source)
    low = float(ds.WindowCenter) - float(ds.WindowWidth) / 2
    bright = 1 - (ds.pixel_array.astype(float) - low) / float(ds.WindowWidth)  # MONOCHROME1: low is white
    rows, cols = (n // 2 for n in bright.shape)
    half = bright[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2).mean(axis=(1, 3))
    note = PngImagePlugin.PngInfo()
    note.add_text("Description", "Chest radiograph, the file's own window, 2 x 2 pixels averaged, bone white")
    grey = np.clip(np.rint(255 * half), 0, 255).astype(np.uint8)
    Image.fromarray(grey).save(FILES / "chest_xray.png", optimize=True, pnginfo=note)


def heart_echo() -> None:
    """Keep the first frames of the movie, each frame's JPEG bytes as they came, and no private elements."""
    ds = pydicom.dcmread(from_pypi(PYDICOM_DATA) / "data_store" / "data" / "color3d_jpeg_baseline.dcm")
    frames = list(generate_frames(ds.PixelData, number_of_frames=int(ds.NumberOfFrames)))
    ds.PixelData = encapsulate(frames[:ECHO_FRAMES])
    ds.NumberOfFrames = ECHO_FRAMES
    ds.remove_private_tags()
    ds.DerivationDescription += f"; first {ECHO_FRAMES} frames kept, private elements removed"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid("heart echo")
    target = FILES / "heart_echo" / "heart_echo.dcm"
    target.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(target, enforce_file_format=True)


def histology() -> None:
    """Copy the stained tissue and the retina as they came."""
    source = from_pypi(SCIKIT_IMAGE) / "skimage" / "data"
    shutil.copyfile(source / "ihc.png", FILES / "histology.png")
    shutil.copyfile(source / "retina.jpg", FILES / "retina.jpg")


def nuclei() -> None:
    """Copy the nuclei and their reference labels as they came."""
    source = from_pypi(STARDIST) / "stardist" / "data" / "images"
    shutil.copyfile(source / "img2d.tif", FILES / "nuclei.tif")
    shutil.copyfile(source / "mask2d.tif", FILES / "nuclei_mask.tif")


def brain() -> None:
    """Turn the Colin 27 brain so that pln, row and col grow to S, P and L; the mask is the stripped brain."""
    source = from_debian(MRICRON_DATA) / "usr" / "share" / "mricron" / "templates"
    head, stripped = (
        nib.Nifti1Image.from_filename(source / name) for name in ("ch2.nii.gz", "ch2bet.nii.gz")
    )
    turn = ornt_transform(io_orientation(head.affine), axcodes2ornt(("L", "P", "S")))
    head, stripped = head.as_reoriented(turn), stripped.as_reoriented(turn)
    save_nifti("brain", np.asarray(head.dataobj), head.affine, "Colin 27, T1, (c) L. Collins, MNI, McGill")
    mask = (np.asarray(stripped.dataobj) > 0).astype(np.uint8)
    save_nifti("brain_mask", mask, head.affine, "Colin 27, brain, (c) L. Collins, MNI, McGill")


def save_nifti(name: str, array: np.ndarray, affine: np.ndarray, description: str) -> None:
    """Write an array (col, row, pln), NIfTI's order, as a .nii.gz whose bytes depend on its content only."""
    image = nib.Nifti1Image(np.rint(array).astype(np.uint8), affine)
    image.set_sform(affine, code=4 if name.startswith("brain") else 1)
    image.set_qform(affine, code=4 if name.startswith("brain") else 1)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()
    (FILES / f"{name}.nii.gz").write_bytes(gzip.compress(image.to_bytes(), compresslevel=9, mtime=0))


def uid(*words: str) -> UID:
    """Return a DICOM identifier that is the same at every build."""
    return generate_uid(entropy_srcs=["biomedlab", *words])


def thorax_ct() -> None:
    """Write the synthetic CT as a series of DICOM files, its labels and its true volumes."""
    image, labels, volumes = thorax.build()
    folder = FILES / "thorax"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for plane, pixels in enumerate(image):
        # 37 and 80 share no factor: every number comes once, and sorting names shuffles the body
        ct_file(plane, pixels).save_as(
            folder / f"IM{(37 * plane + 11) % 80:04d}.dcm", enforce_file_format=True
        )
    z, y, x = thorax.FIRST
    d = np.array(thorax.SAMPLING)
    # NIfTI counts (col, row, pln), and to R, A and S: x and y change sign
    affine = np.array([[-d[2], 0, 0, -x], [0, -d[1], 0, -y], [0, 0, d[0], z], [0, 0, 0, 1]])
    save_nifti("thorax_labels", labels.T, affine, "synthetic thorax: labels")
    a, b, height = thorax.NODULE_CENTRE
    centre = np.array([height + thorax.Z_SHIFT, b, a])
    truth = {
        "volumes": volumes,
        "labels": {name: k for k, name in enumerate(thorax.LABELS)},
        "nodule_centre": [round(float(v), 4) for v in (centre - thorax.FIRST) / d],
        "nodule_centre_mm": [float(v) for v in centre[::-1]],
        "nodule_diameter": 2 * thorax.NODULE_RADIUS,
    }
    (DATA / "thorax_truth.json").write_text(json.dumps(truth, indent=2) + "\n")


def ct_file(plane: int, pixels: np.ndarray) -> pydicom.Dataset:
    """Return one slice (row, col) in HU as a CT Image with all that orders and measures it."""
    z, y, x = thorax.FIRST
    ds = pydicom.Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = uid("implementation")
    ds.file_meta.ImplementationVersionName = "BIOMEDLAB"
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid("thorax", str(plane))
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20240229"
    ds.StudyTime = ds.ContentTime = "120000"
    ds.AccessionNumber = ""
    ds.Modality = "CT"
    ds.Manufacturer = "biomedlab (no scanner, calculated)"
    ds.ReferringPhysicianName = ""
    ds.StudyDescription = "SYNTHETIC THORAX, NOT A PATIENT"
    ds.SeriesDescription = "Thorax axial 5.0 every 3.0"
    ds.PatientName = "Synthetic^Thorax"
    ds.PatientID = "BIOMEDLAB-0001"
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.BodyPartExamined = "CHEST"
    ds.SliceThickness = thorax.THICKNESS  # deliberately not the distance between slices
    ds.KVP = 120
    ds.ContrastBolusAgent = "SYNTHETIC"
    ds.PatientPosition = "HFS"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid("thorax", "study"), uid("thorax", "series")
    ds.StudyID, ds.SeriesNumber, ds.AcquisitionNumber, ds.InstanceNumber = "1", 2, 1, plane + 1
    ds.ImagePositionPatient = [x, y, z + plane * thorax.SAMPLING[0]]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.FrameOfReferenceUID = uid("thorax", "frame of reference")
    ds.PositionReferenceIndicator = ""
    ds.SliceLocation = z + plane * thorax.SAMPLING[0]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = pixels.shape
    ds.PixelSpacing = list(thorax.SAMPLING[1:])
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.WindowCenter, ds.WindowWidth = [40, -600], [400, 1500]
    ds.WindowCenterWidthExplanation = ["SOFT TISSUE", "LUNG"]
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = -1024, 1, "HU"
    ds.PixelData = (pixels.astype(np.int32) + 1024).astype("<u2").tobytes()
    return ds


def write_checksums() -> None:
    """Write the SHA-256 of every shipped file, in the form that `sha256sum -c` reads."""
    files = sorted(p for p in FILES.rglob("*") if p.is_file())
    rows = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(DATA).as_posix()}\n" for p in files
    ]
    (DATA / "checksums.sha256").write_text("".join(rows))
    print(f"{len(files)} files, {sum(p.stat().st_size for p in files) / 1e6:.2f} MB")


BUILDERS = {
    "chest_xray": chest_xray,
    "heart_echo": heart_echo,
    "histology": histology,
    "nuclei": nuclei,
    "brain": brain,
    "thorax": thorax_ct,
}


def main() -> None:
    """Build what the command line names, or everything."""
    FILES.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or BUILDERS:
        BUILDERS[name]()
    write_checksums()


if __name__ == "__main__":
    main()
