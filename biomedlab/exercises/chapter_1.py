"""Chapter 1: its lesson, and the images that its exercises speak of.

The exercises stand in two modules, `first_pictures` and `honest_pictures`; `exploration` gathers them.
"""

from biomedlab.exercises.exercise import Lesson

lesson = Lesson(
    "exploration",
    1,
    "Exploration",
    given={
        "brain": 'biomedlab.load(biomedlab.data.path("brain"))',
        "chest": 'iio.imread(biomedlab.data.path("chest_xray_png"))',
        "ct": 'biomedlab.load(biomedlab.data.path("thorax"))',
        "film": 'biomedlab.load(biomedlab.data.path("chest_xray"))[::4, ::4]',
        "header": (
            '__import__("pydicom").dcmread(biomedlab.data.path("chest_xray"), stop_before_pixels=True)'
        ),
        "jpeg": 'iio.imread(iio.imwrite("<bytes>", chest, extension=".jpeg", quality=60))',
        "lightness": (
            'lambda name: __import__("skimage.color").color.rgb2lab('
            "plt.colormaps[name](np.arange(256))[:, :3])[:, 0]"
        ),
        "plane": "np.array(ct[40])",
        "tissue": 'iio.imread(biomedlab.data.path("histology"))',
        "browser": "SimpleNamespace(index=90, axis=0)",
        "shared": "SimpleNamespace(index=40, axis=0)",
    },
)
