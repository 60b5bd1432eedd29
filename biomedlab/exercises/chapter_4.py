"""Chapter 4: its lesson, and the images that its exercises speak of.

The exercises stand in two modules, `grey_values` and `masks_and_edges`; `masks_and_filters` gathers them.
"""

from biomedlab.exercises.exercise import Lesson

lesson = Lesson(
    "masks_and_filters",
    4,
    "Masks and filters",
    given={
        "chest": 'iio.imread(biomedlab.data.path("chest_xray_png"))',
        "brain": 'biomedlab.load(biomedlab.data.path("brain"))',
        "ct": 'biomedlab.load(biomedlab.data.path("thorax"))',
        "labels": 'biomedlab.load(biomedlab.data.path("thorax_labels"))',
        "nuclei": 'iio.imread(biomedlab.data.path("nuclei"))',
        "nuclei_mask": 'iio.imread(biomedlab.data.path("nuclei_mask"))',
        "head": "brain[:, 50]",
        "explorer": "SimpleNamespace(level=32.0)",
        "middle": "ct[40]",
        "square": "chest[320:323, 520:523]",
        "tuner": "SimpleNamespace(thresholds=[48, 235])",
        "smoother": "SimpleNamespace(sigma=0.5)",
        "small": "ct[::2, ::2, ::2]",
        "small_labels": "labels[::2, ::2, ::2]",
    },
)
