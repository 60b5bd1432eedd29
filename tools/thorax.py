"""Build the synthetic chest CT: a described body, sampled finely, blurred, averaged into slices, made noisy.

Nobody was scanned. Every organ is a signed distance in mm (negative inside) in patient directions:
x grows to the left, y to the back, z to the head. Organs are painted one over the other on a grid of
0.75 x 0.75 x 1 mm; what covers a fine sample last owns it, and counting the owned samples gives the true
volumes. The shapes are drawn from what text books say of sizes, heights and neighbours, not from a scan.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import ndimage as ndi
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial import KDTree

SEED = 20240229
PLANES, ROWS, COLS = 80, 184, 256
SAMPLING = (3.0, 1.5, 1.5)
THICKNESS = 5.0
FINE = (1.0, 0.75, 0.75)
Z_SHIFT = -250.0  # from the heights used in this file to the DICOM patient z
FIRST = (-240.0, -126.0 + 0.75, -192.0 + 0.75)  # patient z, y, x of the first pixel's centre
NODULE_CENTRE = (-74.0, 6.0, 176.0)  # x, y, height
NODULE_RADIUS = 7.0
LABELS = (
    "background", "other tissue", "right lung", "left lung", "airways", "bone", "heart", "great vessels",
    "liver", "spleen", "nodule",
)  # fmt: skip
HU = {
    "air": -1000, "skin": 25, "fat": -105, "muscle": 58, "cortex": 780, "marrow": 210, "disc": 85,
    "cartilage": 125, "cord": 42, "csf": 12, "myocardium": 98, "blood": 188, "right blood": 172,
    "liver": 112, "spleen": 124, "wall": 40, "fluid": 14, "nodule": 45, "diaphragm": 55, "foam": -930,
    "shell": -180,
}  # fmt: skip

Points = np.ndarray


# --- the outlines of skin and chest cavity --------------------------------------------------------


@dataclass(frozen=True)
class Outline:
    """A closed outline at every height: a superellipse with its own front and back, and soft bumps."""

    heights: tuple[float, ...]
    half_width: tuple[float, ...]
    front: tuple[float, ...]
    back: tuple[float, ...]
    power: float
    bumps: tuple[
        tuple[float, float, float, float, float], ...
    ] = ()  # angle, width (degrees), mm, height, spread

    @cached_property
    def _tables(self) -> list[PchipInterpolator]:
        return [PchipInterpolator(self.heights, v) for v in (self.half_width, self.front, self.back)]

    def radius(self, angle: np.ndarray, z: float | np.ndarray) -> np.ndarray:
        """Return the distance in mm from the axis at an angle (rad; 0 in front, positive to the left)."""
        a, front, back = (table(z) for table in self._tables)
        blend = 0.5 + 0.5 * np.tanh(np.cos(angle) * 4)
        depth = front * blend + back * (1 - blend)
        r = (np.abs(np.sin(angle) / a) ** self.power + np.abs(np.cos(angle) / depth) ** self.power) ** (
            -1 / self.power
        )
        degrees = np.abs(np.degrees(angle))
        for at, width, mm, height, spread in self.bumps:
            r = r + mm * np.exp(-(((degrees - at) / width) ** 2) - ((z - height) / spread) ** 2)
        return r + 0.9 * np.sin(angle + 0.4) + 0.7 * np.sin(3 * angle + z / 60)  # nobody is symmetrical

    def distance(self, x: np.ndarray, y: np.ndarray, z: float) -> np.ndarray:
        """Return the signed distance in mm, nearly, for one height."""
        steps = np.radians(np.arange(-181.0, 182.0, 0.5))
        r = self.radius(steps, z)
        slope = np.gradient(r, steps) / r
        angle = np.arctan2(x, -y)
        return (np.hypot(x, y) - np.interp(angle, steps, r)) / np.sqrt(
            1 + np.interp(angle, steps, slope) ** 2
        )


SKIN = Outline(
    (-10, 60, 120, 170, 205, 232, 260),
    (150, 157, 166, 171, 174, 172, 166),
    (98, 103, 104, 99, 91, 80, 68),
    (104, 107, 110, 111, 109, 105, 100),
    2.35,
    (
        (0, 9, -5, 140, 60),
        (180, 7, -6, 120, 140),
        (38, 20, 7, 150, 45),
        (115, 22, 6, 185, 50),
        (148, 14, 4, 195, 60),
        (62, 12, -5, 235, 30),
    ),
)
CAVITY = Outline(
    (-10, 60, 110, 160, 195, 220, 236, 247, 262),
    (120, 129, 130, 121, 103, 83, 64, 46, 20),
    (78, 83, 80, 72, 62, 48, 33, 20, 8),
    (70, 78, 83, 81, 75, 67, 58, 50, 30),
    2.25,
    ((180, 10, -3, 120, 200),),
)


def spine_y(z: np.ndarray | float) -> np.ndarray:
    """Return the y in mm of the middle of the vertebral bodies: the curve of the back."""
    return PchipInterpolator((-10, 60, 120, 170, 210, 262), (39, 46, 50, 48, 43, 34))(z)


# --- small shapes ---------------------------------------------------------------------------------


def curve(points: list[tuple[float, ...]], step: float = 1.5) -> Points:
    """Return points every `step` mm on a smooth curve through `points` (x, y, z, maybe a radius)."""
    p = np.asarray(points, float)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p[:, :3], axis=0), axis=1))])
    kind = CubicSpline(along, p) if len(p) > 2 else lambda s: p[0] + (p[1] - p[0]) * s[:, None] / along[-1]
    return kind(np.linspace(0, along[-1], max(2, int(along[-1] / step) + 1)))


def ellipsoid(p: tuple[np.ndarray, ...], centre: tuple[float, ...], half: tuple[float, ...]) -> np.ndarray:
    """Return the nearly signed distance in mm to an upright ellipsoid."""
    u = [(a - c) / h for a, c, h in zip(p, centre, half, strict=True)]
    k0 = np.sqrt(u[0] ** 2 + u[1] ** 2 + u[2] ** 2)
    k1 = np.sqrt((u[0] / half[0]) ** 2 + (u[1] / half[1]) ** 2 + (u[2] / half[2]) ** 2)
    return k0 * (k0 - 1) / np.maximum(k1, 1e-6)


def spheroid(
    p: tuple[np.ndarray, ...], centre: tuple[float, ...], axis: tuple[float, ...], half: tuple[float, float]
) -> np.ndarray:
    """Return the nearly signed distance in mm to an ellipsoid of revolution; `half` is (along, across)."""
    n = np.asarray(axis) / np.linalg.norm(axis)
    d = [a - c for a, c in zip(p, centre, strict=True)]
    along = d[0] * n[0] + d[1] * n[1] + d[2] * n[2]
    across = np.sqrt(np.maximum(d[0] ** 2 + d[1] ** 2 + d[2] ** 2 - along**2, 0))
    return ellipsoid((along, across, 0 * along), (0, 0, 0), (half[0], half[1], half[1]))


def smooth_min(parts: list[np.ndarray], k: float) -> np.ndarray:
    """Return the union of distances with corners rounded over some `k` mm."""
    least = np.minimum.reduce(np.broadcast_arrays(*parts))
    return least - k * np.log(sum(np.exp((least - d) / k) for d in parts))


def rounded_box(d: list[np.ndarray], half: tuple[float, ...], radius: float) -> np.ndarray:
    """Return the signed distance in mm to a box with rounded edges, from offsets to its middle."""
    q = [np.abs(a) - (h - radius) for a, h in zip(d, half, strict=True)]
    outside = np.sqrt(sum(np.maximum(a, 0) ** 2 for a in q))
    return outside + np.minimum(np.maximum.reduce(np.broadcast_arrays(*q)), 0) - radius


# --- the fine grid and the brush ------------------------------------------------------------------


@dataclass
class Grid:
    """The fine grid: Hounsfield units and owners, and axes of centres in mm."""

    z: np.ndarray = field(default_factory=lambda: np.arange(8.0, 250.0, FINE[0]))
    y: np.ndarray = field(default_factory=lambda: (np.arange(2 * ROWS) + 0.5) * FINE[1] - 126.0)
    x: np.ndarray = field(default_factory=lambda: (np.arange(2 * COLS) + 0.5) * FINE[2] - 192.0)

    def __post_init__(self) -> None:
        shape = (self.z.size, self.y.size, self.x.size)
        self.hu = np.full(shape, float(HU["air"]), np.float32)
        self.owner = np.zeros(shape, np.uint8)

    def box(self, low: Sequence[float] | Points, high: Sequence[float] | Points) -> tuple[slice, ...]:
        """Return the slices (z, y, x) that cover a box given by its (x, y, z) corners in mm."""
        axes = zip((self.z, self.y, self.x), low[::-1], high[::-1], strict=True)
        return tuple(slice(*np.searchsorted(axis, (a, b))) for axis, a, b in axes)

    def at(self, box: tuple[slice, ...]) -> tuple[np.ndarray, ...]:
        """Return x, y and z of a box as arrays that broadcast."""
        return self.x[box[2]][None, None, :], self.y[box[1]][None, :, None], self.z[box[0]][:, None, None]

    def paint(
        self,
        distance: np.ndarray,
        hu: float | np.ndarray,
        *,
        label: int | None = None,
        box: tuple[slice, ...] = (slice(None),) * 3,
        edge: float = 0.8,
    ) -> None:
        """Lay a shape over what is there; an edge `edge` mm wide is shared in proportion."""
        cover = np.clip(0.5 - distance / edge, 0, 1).astype(np.float32)
        self.hu[box] += cover * (hu - self.hu[box])
        if label is not None:
            self.owner[box][cover > 0.5] = label

    def shape(
        self,
        low: Points,
        high: Points,
        distance: Callable[[tuple[np.ndarray, ...]], np.ndarray],
        hu: float,
        *,
        label: int | None = None,
    ) -> None:
        """Paint a distance function inside a box of (x, y, z) corners in mm."""
        box = self.box(low, high)
        if all(s.stop > s.start for s in box):
            self.paint(distance(self.at(box)), hu, label=label, box=box)

    def tube_distance(
        self, tube: Points, *, reach: float = 4.0
    ) -> tuple[tuple[slice, ...], np.ndarray] | None:
        """Return a box and, in it, the distance to a tube given as points (x, y, z, radius)."""
        pad = tube[:, 3:4] + reach
        box = self.box((tube[:, :3] - pad).min(axis=0), (tube[:, :3] + pad).max(axis=0))
        if any(s.stop <= s.start for s in box):
            return None
        x, y, z = np.broadcast_arrays(*self.at(box))
        return box, tree_distance(tube, np.stack([x, y, z], axis=-1))

    def tube(self, tube: Points, hu: float, *, label: int | None = None, grow: float = 0.0) -> None:
        """Paint a tube given as points (x, y, z, radius)."""
        for piece in np.array_split(tube, max(1, len(tube) // 12)):
            found = self.tube_distance(piece)
            if found:
                self.paint(found[1] - grow, hu, label=label, box=found[0])


def tree_distance(tube: Points, at: np.ndarray) -> np.ndarray:
    """Return the distance in mm from points (..., 3) to the surface of a dense string of balls."""
    near, which = KDTree(tube[:, :3]).query(at, k=1)
    return near - tube[which, 3]


# --- what is where --------------------------------------------------------------------------------

AORTA = curve([
    (6, -12, 118, 16), (-6, -22, 138, 17), (-13, -26, 160, 16), (-10, -21, 180, 15), (2, -7, 193, 14),
    (15, 11, 194, 13.5), (26, 29, 183, 12.5), (31, 38, 160, 12), (32, 42, 120, 11.5), (29, 39, 80, 11),
    (24, 27, 40, 10.5), (12, 12, -5, 10),
])  # fmt: skip
PULMONARY = [
    curve([(14, -50, 108, 14), (19, -40, 130, 14), (21, -24, 148, 14), (19, -10, 157, 13)]),
    curve([(20, -12, 156, 12), (0, -2, 154, 11), (-22, 2, 151, 10.5), (-46, 8, 146, 9)]),
    curve([(19, -12, 157, 12), (34, 4, 164, 11.5), (47, 17, 160, 10), (54, 26, 148, 8)]),
]
VEINS = [
    curve([(-28, -18, 205, 9.5), (-31, -14, 180, 10), (-33, -10, 150, 10.5), (-36, -12, 120, 12)]),
    curve([(-28, -18, 205, 8), (-12, -31, 210, 7), (14, -34, 217, 7), (36, -26, 232, 7), (52, -18, 250, 7)]),
    curve([(-28, -18, 205, 8.5), (-36, -17, 225, 8), (-46, -12, 252, 7.5)]),
    curve([(-18, 14, -5, 11), (-22, 12, 40, 11.5), (-27, 6, 66, 12), (-32, -4, 86, 13)]),
    curve([(-31, -4, 172, 4), (-30, 14, 178, 3.6), (-16, 32, 172, 3.4), (-9, 33, 130, 3.2), (-8, 27, 30, 3)]),
]
LUNG_VEINS = [
    curve([(-20, 16, 128, 8), (-38, 15, 124, 6.5), (-56, 18, 112, 5)]),
    curve([(-20, 10, 138, 8), (-40, -4, 142, 6), (-56, -12, 148, 4.5)]),
    curve([(26, 20, 126, 8), (44, 26, 120, 6.5), (58, 32, 108, 5)]),
    curve([(26, 10, 140, 8), (42, -4, 146, 6), (54, -14, 152, 4.5)]),
]
NECK = [
    curve([(-8, -12, 190, 6.5), (-14, -9, 210, 6.5), (-24, -7, 230, 6), (-36, -2, 252, 5)]),
    curve([(5, -2, 192, 4.5), (12, -3, 215, 4), (17, -2, 252, 4)]),
    curve([(17, 12, 192, 5.5), (24, 9, 215, 5.5), (32, 7, 235, 5.5), (50, 2, 254, 5)]),
]
TRACHEA = curve([(0, -1, 260, 9.2), (0, 3, 230, 9), (-1, 8, 200, 9), (-2, 12, 176, 9.4), (-2, 13, 168, 9)])
BRONCHI = [
    curve(
        [(-3, 13, 170, 7.5), (-18, 16, 158, 7.2), (-32, 18, 148, 6.4), (-42, 22, 132, 5), (-48, 28, 112, 4)]
    ),
    curve([(-26, 17, 154, 5), (-42, 14, 160, 4.4), (-54, 12, 168, 3.4)]),
    curve([(0, 13, 170, 7), (18, 18, 158, 6.6), (36, 23, 148, 6), (46, 29, 134, 5), (52, 36, 114, 3.8)]),
    curve([(40, 24, 147, 4.6), (52, 18, 156, 4), (62, 12, 164, 3.2)]),
]
GULLET = curve(
    [(4, 12, 260, 7), (7, 21, 215, 7), (9, 27, 172, 7), (9, 31, 130, 7.5), (12, 25, 85, 8), (28, 6, 46, 9)]
)
HEART_AXIS = (0.58, -0.56, -0.59)
CHAMBERS = {
    "left ventricle": lambda p: spheroid(p, (43, -22, 92), HEART_AXIS, (52, 35)),
    "right ventricle": lambda p: ellipsoid(p, (8, -48, 88), (46, 27, 37)),
    "right atrium": lambda p: ellipsoid(p, (-34, -16, 103), (27, 31, 36)),
    "left atrium": lambda p: ellipsoid(p, (2, 14, 131), (36, 18, 21)),
}


def vertebra_height(n: int) -> float:
    """Return the height in mm of the middle of thoracic vertebra n (1 to 12, 13 is the first lumbar)."""
    return 250.0 - 23.3 * (n - 1)


def diaphragm(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distance in mm above the diaphragm: two domes, and a saddle that carries the heart."""
    right = 74 - 46 * ((x + 66) / 68) ** 2 - 58 * ((y + 14) / 84) ** 2
    left = 62 - 46 * ((x - 66) / 66) ** 2 - 54 * ((y + 10) / 84) ** 2
    middle = 54 - 46 * (x / 60) ** 4 - 62 * ((y + 34) / 74) ** 2
    top = -smooth_min([-right, -left, -middle], 5.0)
    steep = (
        np.gradient(top, axis=-1) / np.gradient(x, axis=-1),
        np.gradient(top, axis=-2) / np.gradient(y, axis=-2),
    )
    return (z - top) / np.sqrt(1 + np.minimum(steep[0] ** 2 + steep[1] ** 2, 9))


def spine_blob(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distance to the vertebral column as the lungs feel it."""
    middle = spine_y(z)
    body = (np.hypot(x / 18.5, (y - middle) / 16.5) - 1) * 17
    arch = (np.hypot(x / 30, (y - middle - 30) / 14) - 1) * 15
    return smooth_min([body, arch], 6.0)


def midline(y: np.ndarray) -> np.ndarray:
    """Return the x in mm of the sheet between the lungs."""
    return 3 + 5 * np.tanh((y + 20) / 30)


def septum(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distance to the fat between the lungs: a sheet, wider in front and on top."""
    front = -CAVITY.radius(np.zeros(1), z)
    sheet = np.abs(x - midline(y)) - 2.0 - 11 * np.exp(-(((y - front) / 15) ** 2))
    top = np.hypot(x / (25 + 0.16 * np.clip(z - 190, 0, None)), (y + 8) / 27) - 1
    return np.minimum(sheet, np.maximum(top * 25, 186 - z))


@dataclass
class Fields:
    """Smooth distances, worked out every 3 mm and brought to the fine grid."""

    grid: Grid

    def __post_init__(self) -> None:
        g = self.grid
        z, y, x = np.meshgrid(g.z[::3], g.y[::4], g.x[::4], indexing="ij")
        at = np.stack([x, y, z], axis=-1)
        heart = smooth_min([chamber((x, y, z)) for chamber in CHAMBERS.values()], 7.0) - 1.0
        tubes = [AORTA, *PULMONARY, *VEINS[:4], *NECK, TRACHEA, GULLET]
        organs = [tree_distance(t, at) - 3.0 for t in tubes]
        organs += [tree_distance(t, at) for t in [*BRONCHI[::2]]]
        self.spine = self._fine(spine_blob(x, y, z))
        self.heart = self._fine(heart)
        self.mediastinum = self._fine(
            smooth_min([heart - 4.0, spine_blob(x, y, z) - 1.0, septum(x, y, z), *organs], 5.0)
        )
        self.above = self._fine(diaphragm(x, y, z))

    def _fine(self, coarse: np.ndarray) -> np.ndarray:
        g = self.grid
        where = [np.arange(g.z.size) / 3, np.arange(g.y.size) / 4, np.arange(g.x.size) / 4]
        out = coarse.astype(np.float32)
        for axis, w in enumerate(where):
            spline = CubicSpline(np.arange(out.shape[axis]), out, axis=axis)
            out = spline(np.minimum(w, out.shape[axis] - 1)).astype(np.float32)
        return out

    @cached_property
    def skin(self) -> np.ndarray:
        """Return the distance to the skin: the back is pressed flat by the table."""
        back = np.broadcast_to(self.grid.y[None, :, None] - 104, self.grid.hu.shape)
        return -smooth_min([-self._outline(SKIN), -back], 4.0)

    @cached_property
    def cavity(self) -> np.ndarray:
        """Return the distance to the inner wall of the chest."""
        return self._outline(CAVITY)

    @cached_property
    def lung(self) -> np.ndarray:
        """Return the distance to the lungs: the cavity without what else is in it."""
        return np.maximum(np.maximum(self.cavity, -self.mediastinum), -self.above)

    def _outline(self, outline: Outline) -> np.ndarray:
        x, y = self.grid.x[None, :], self.grid.y[:, None]
        return np.stack([outline.distance(x, y, float(z)).astype(np.float32) for z in self.grid.z])


# --- the chest wall -------------------------------------------------------------------------------

# name, angle from, to (degrees from the front), height from, to (mm), depth from, to (0 fascia, 1 ribs)
MUSCLES = (
    ("pectoralis major", 9, 72, 118, 244, 0.02, 0.56),
    ("pectoralis minor", 28, 62, 150, 236, 0.64, 0.98),
    ("rectus abdominis", 3, 27, -20, 92, 0.05, 0.95),
    ("external oblique", 31, 104, -20, 112, 0.42, 0.98),
    ("serratus anterior", 60, 120, 64, 205, 0.58, 1.02),
    ("latissimus dorsi", 84, 150, -20, 188, 0.02, 0.46),
    ("trapezius", 152, 178, 30, 262, 0.0, 0.26),
    ("rhomboid", 150, 172, 140, 236, 0.34, 0.62),
    ("infraspinatus", 112, 149, 120, 262, 0.02, 0.40),
    ("subscapularis", 102, 146, 124, 250, 0.54, 1.02),
    ("deltoid", 68, 106, 204, 272, 0.06, 0.56),
    ("teres major", 82, 116, 158, 236, 0.08, 0.46),
    ("strap muscles", 6, 32, 214, 272, 0.12, 0.92),
    ("supraspinatus", 112, 150, 212, 262, 0.44, 1.0),
)


def paint_wall(grid: Grid, fields: Fields) -> None:
    """Paint skin, subcutaneous fat, muscles with the fat between them, and the rib layer."""
    grid.paint(fields.skin, HU["skin"], label=1)
    grid.paint(fields.skin + 2.0, HU["fat"])
    angle = np.degrees(np.abs(np.arctan2(grid.x[None, :], -grid.y[:, None])))
    ripple = ndi.gaussian_filter(np.random.default_rng(SEED).normal(size=grid.hu.shape[1:]), 14)
    ripple *= 2.2 / ripple.std()
    for k, z in enumerate(grid.z):
        inside, outside = -fields.skin[k], fields.cavity[k]
        fat = (
            7.0 + 4.0 * np.exp(-(((angle - 95) / 35) ** 2)) + 3 * np.exp(-((angle / 30) ** 2)) + 0.5 * ripple
        )
        fat = fat + max(90 - z, 0) / 14
        room = np.maximum(inside + outside - fat - 11.0, 6.0)
        depth = (inside - fat) / room
        layer = np.full_like(depth, 99.0)
        for _, a0, a1, z0, z1, m0, m1 in MUSCLES:
            u, v = (2 * angle - a0 - a1) / (a1 - a0), (2 * z - z0 - z1) / (z1 - z0)
            taper = np.sqrt(np.clip(1 - u**4, 0, 1) * max(1 - v**4, 0))
            d = np.abs(depth - (m0 + m1) / 2) * room - (m1 - m0) / 2 * room * taper + 0.5
            layer = np.minimum(layer, np.where(taper > 0, d, 99.0))
        layer = np.maximum(layer + 0.35 * ripple, -outside + 1.0)
        between = np.maximum(np.abs(outside - 6.0) - 4.0, inside * -1.0)
        grid.paint(np.minimum(layer, between), HU["muscle"], box=(slice(k, k + 1), slice(None), slice(None)))
    paint_back_muscles(grid, fields)


def paint_back_muscles(grid: Grid, fields: Fields) -> None:
    """Paint the long muscles on both sides of the spinous processes."""
    box = grid.box((-60.0, 40.0, 0.0), (60.0, 110.0, 260.0))
    x, y, z = grid.at(box)
    middle = spine_y(z) + 40
    long = np.minimum(
        ellipsoid((np.abs(x), y - middle, 0 * z), (19, 1, 0), (15, 14, 1e3)),
        ellipsoid((np.abs(x), y - middle, 0 * z), (41, 1, 0), (9, 10, 1e3)),
    )
    long = np.maximum(np.maximum(long, fields.skin[box] + 12), 4.0 - fields.cavity[box])
    grid.paint(long, HU["muscle"], box=box)
    deep = np.maximum(
        ellipsoid((np.abs(x), y - middle + 12, 0 * z), (12, 0, 0), (12, 9, 1e3)), 1 - fields.cavity[box]
    )
    grid.paint(deep, HU["muscle"] - 6, box=box)


# --- bone -----------------------------------------------------------------------------------------

RIB_DROP = (44, 52, 62, 68, 74, 80, 84, 84, 78, 64, 44, 28)
RIB_END = (36, 38, 38, 39, 41, 44, 48, 56, 62, 74, 96, 118)
STERNAL = (207, 188, 168, 150, 134, 120, 107)


def rib_path(n: int, side: int) -> tuple[Points, Points]:
    """Return points (x, y, z) on bone and cartilage of rib n (1 to 12); side is -1 right, 1 left."""
    head = vertebra_height(n) + 7
    s = np.linspace(0, 1, 40)
    angle = np.radians(157 + (RIB_END[n - 1] - 157) * s)
    z = head - 3 - RIB_DROP[n - 1] * s**1.25
    r = CAVITY.radius(side * angle, z) + 6.2
    arc = np.stack([side * r * np.sin(angle), -r * np.cos(angle), z], axis=1)
    neck = [(side * 17.0, float(spine_y(head)) + 9, head), (side * 25.0, float(spine_y(head)) + 20, head - 1)]
    bone = curve([*neck, *map(tuple, arc[1:])], 1.0)
    if n > 10:
        return bone, bone[:0]
    target = STERNAL[n - 1] if n < 8 else bone[-1, 2] + 16
    last = np.radians(0 if n < 8 else RIB_END[n - 1] - 20)
    t = np.linspace(0, 1, 12)
    angle = np.radians(RIB_END[n - 1]) * (1 - t) + last * t
    z = bone[-1, 2] * (1 - t) + target * t - 8 * np.sin(np.pi * t) * (n > 3)
    r = CAVITY.radius(side * angle, z) + 6.2
    cartilage = curve(list(zip(side * r * np.sin(angle), -r * np.cos(angle), z, strict=True)), 1.0)
    return bone, cartilage[np.abs(cartilage[:, 0]) > 15]


def along_tube(points: Points) -> Iterator[tuple[Points, Points, Points, Points]]:
    """Give, for every point of a rib, the point and its directions: along, outward, across."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    for p, t in zip(points, along, strict=True):
        out = np.array([p[0], p[1], 0.0]) / np.hypot(p[0], p[1])
        out -= t * (out @ t)
        out /= np.linalg.norm(out)
        yield p, t, out, np.cross(t, out)


def flat_distance(grid: Grid, points: Points, half: tuple[float, float], into: np.ndarray) -> None:
    """Lower `into` to the distance from a flattened tube with half axes (outward, across) in mm."""
    for p, t, out, across in along_tube(points):
        box = grid.box(p - half[1] - 3, p + half[1] + 3)
        if any(s.stop <= s.start for s in box):
            continue
        d = [a - c for a, c in zip(grid.at(box), p, strict=True)]
        u, v, w = (d[0] * k[0] + d[1] * k[1] + d[2] * k[2] for k in (out, across, t))
        e = ellipsoid((u, v, np.zeros_like(u)), (0, 0, 0), (*half, 1e3))
        into[box] = np.minimum(into[box], np.maximum(e, np.abs(w) - 1.0))


def paint_bone(grid: Grid, distance: np.ndarray, box: tuple[slice, ...], *, cortex: float = 1.4) -> None:
    """Paint a bone with a hard shell and a softer, uneven inside."""
    grid.paint(distance, HU["cortex"], label=5, box=box)
    rng = np.random.default_rng(SEED + 1)
    mottle = ndi.gaussian_filter(rng.normal(size=distance.shape).astype(np.float32), 1.2) * 130
    grid.paint(distance + cortex, HU["marrow"] + mottle, box=box, edge=1.2)


def paint_ribs(grid: Grid) -> None:
    """Paint twenty-four ribs and their cartilages."""
    bone = np.full(grid.hu.shape, 9.0, np.float32)
    cartilage = bone.copy()
    for n in range(1, 13):
        for side in (-1, 1):
            hard, soft = rib_path(n, side)
            flat_distance(grid, hard, (3.6, 6.6) if n > 1 else (6.0, 4.0), bone)
            if len(soft) > 3:
                flat_distance(grid, soft, (4.2, 6.0), cartilage)
    everywhere = (slice(None),) * 3
    grid.paint(cartilage, HU["cartilage"])
    paint_bone(grid, bone, everywhere, cortex=1.3)


def paint_sternum(grid: Grid) -> None:
    """Paint manubrium, body and xiphoid process."""
    box = grid.box((-40.0, -126.0, 60.0), (40.0, -30.0, 225.0))
    x, y, z = grid.at(box)
    front = np.array([-CAVITY.radius(np.array(0.0), h) - 6.0 for h in z.ravel()])[:, None, None]
    parts = [
        rounded_box([x, y - front, z - 202], (25 + (z - 202) * 0.25, 6.5, 15), 6),
        rounded_box([x, y - front, z - 137], (16.5 - (z - 137) * 0.06, 5.5, 48), 5),
        rounded_box([x, y - front - 1, z - 78], (8, 3.5, 14), 3),
    ]
    paint_bone(grid, np.minimum.reduce(parts), box)


def paint_girdle(grid: Grid, fields: Fields) -> None:
    """Paint collar bones and shoulder blades (arms up)."""
    for side in (-1, 1):
        path = [
            (side * 22, -66, 212, 7.5),
            (side * 48, -70, 224, 6),
            (side * 84, -56, 236, 5.5),
            (side * 118, -34, 247, 6),
        ]
        tube = curve([(float(a), float(b), float(c), float(d)) for a, b, c, d in path], 1.0)
        found = grid.tube_distance(tube)
        if found:
            paint_bone(grid, found[1], found[0])
    angle = np.degrees(np.abs(np.arctan2(grid.x[None, None, :], -grid.y[None, :, None])))
    z = grid.z[:, None, None]
    room = fields.cavity - 11.0
    outer = np.interp(grid.z, (118, 150, 210, 235), (128, 112, 104, 98))[:, None, None]
    inner = np.interp(grid.z, (118, 150, 210, 245), (134, 146, 149, 138))[:, None, None]
    bend = np.interp(grid.z, (118, 170, 245), (7, 9, 12))[:, None, None]
    centre = bend + 3.0 * np.sin(np.radians((angle - outer) * 3))
    thick = 1.9 + 2.6 * np.exp(-(((angle - outer) / 5) ** 2)) + 1.6 * np.exp(-(((angle - inner) / 4) ** 2))
    blade = np.maximum(
        np.abs(room - centre) - thick, (np.abs(angle - (inner + outer) / 2) - (inner - outer) / 2) * 2.3
    )
    blade = np.maximum(blade, np.maximum(116 - z, z - 246))
    ridge = np.maximum(np.abs(room - centre - 9) - 9.5, np.abs(angle - 127 + (z - 200) * 0.35) * 2.3 - 2.4)
    ridge = np.maximum(ridge, np.maximum(186 - z, z - 226))
    socket = np.maximum(np.hypot(room - centre - 1, (angle - outer) * 2.3) - 10, np.maximum(222 - z, z - 250))
    shoulder = np.maximum(np.minimum(np.minimum(blade, ridge), socket), fields.skin + 9)
    paint_bone(grid, shoulder, (slice(None),) * 3)


def vertebra_distance(p: tuple[np.ndarray, ...], height: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances to one vertebra's body and to its arch with all processes."""
    x, y, z = p
    middle, low = float(spine_y(height)), z - height
    y = y - middle - (spine_y(z) - middle)
    waist = 1 - 0.09 * np.cos(np.clip(low / 9.5, -1, 1) * np.pi / 2)
    flat_back = np.where(y > 0, 0.88, 1.0)
    body = np.maximum((np.hypot(x / (17 * waist), y / (15 * waist * flat_back)) - 1) * 14, np.abs(low) - 9.6)
    pedicle = rounded_box([np.abs(x) - 11.5, y - 17, low - 4], (4.0, 8.0, 6.0), 3)
    lamina = np.maximum(np.abs(np.hypot(x, y - 23.5) - 12.5) - 2.8, np.maximum(23 - y, np.abs(low + 3) - 9.5))
    side = np.hypot(
        np.hypot(np.abs(x) - np.clip(np.abs(x), 12, 31), y - 24 - np.clip(np.abs(x) - 12, 0, 19) * 0.42),
        low - 4,
    )
    slope = low + 3 + (y - 34) * 0.75
    spinous = rounded_box([x, y - 41, slope], (2.4 + 0.8 * (np.abs(y - 46) < 3), 8.5, 7.0), 2)
    arch = smooth_min([pedicle, lamina, side - 4.6, spinous], 0.8)
    return body, arch


def paint_spine(grid: Grid, fields: Fields) -> None:
    """Paint discs, canal and cord, then the vertebrae over them."""
    box = grid.box((-45.0, 10.0, 0.0), (45.0, 112.0, 260.0))
    x, y, z = grid.at(box)
    middle = spine_y(z)
    grid.paint((np.hypot(x / 16.5, (y - middle) / 14.2) - 1) * 14, HU["disc"], box=box)
    grid.paint(np.hypot(x / 1.1, y - middle - 23.5) - 10.5, HU["fat"], box=box)
    grid.paint(np.hypot(x / 1.1, y - middle - 23) - 8.0, HU["csf"], box=box)
    grid.paint(np.hypot(x / 1.25, y - middle - 22.5) - 4.2, HU["cord"], box=box)
    for n in range(1, 14):
        height = vertebra_height(n)
        part = grid.box((-45.0, 10.0, height - 36), (45.0, 112.0, height + 22))
        if part[0].stop <= part[0].start:
            continue
        body, arch = vertebra_distance(grid.at(part), height)
        arch = np.maximum(arch, fields.skin[part] + 7)
        paint_bone(grid, arch, part, cortex=1.6)
        paint_bone(grid, body, part, cortex=1.2)


# --- lungs ----------------------------------------------------------------------------------------


def grow_tree(root: Points, targets: Points, *, balance: float = 0.55) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes (n, 3) and parents of the tree that is short in all and short from its root."""
    nodes = np.vstack([root[None], targets])
    parent, way = np.zeros(len(nodes), int), np.zeros(len(nodes))
    gap = np.linalg.norm(nodes - root, axis=1)
    cost, open_ = gap.copy(), np.ones(len(nodes), bool)
    open_[0] = False
    for _ in range(len(targets)):
        new = int(np.argmin(np.where(open_, cost, np.inf)))
        open_[new] = False
        way[new] = way[parent[new]] + np.linalg.norm(nodes[new] - nodes[parent[new]])
        reach = np.linalg.norm(nodes - nodes[new], axis=1)
        better = open_ & (reach + balance * way[new] < cost)
        cost[better], parent[better] = (reach + balance * way[new])[better], new
    return nodes, parent


def tree_radii(nodes: np.ndarray, parent: np.ndarray, leaf: float) -> np.ndarray:
    """Return each node's radius by Murray's law: the cubes of the daughters' radii add up."""
    way = np.zeros(len(nodes))
    children = [[] for _ in nodes]
    for child in range(1, len(nodes)):
        children[parent[child]].append(child)
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        stack += children[node]
    for node in reversed(order):
        way[node] = way[children[node]].sum() if children[node] else 1.0
    return leaf * np.cbrt(way)


def paint_tree(
    grid: Grid, root: tuple[float, ...], targets: Points, leaf: float, layers: list[tuple[float, float]]
) -> None:
    """Paint a branching tree; each layer is (growth factor of the radius, HU)."""
    nodes, parent = grow_tree(np.asarray(root, float), targets)
    radius = np.maximum(tree_radii(nodes, parent, leaf), leaf)
    for factor, hu in layers:
        for child in range(1, len(nodes)):
            a, b = nodes[parent[child]], nodes[child]
            ra, rb = min(radius[parent[child]], 1.5 * radius[child]) * factor, radius[child] * factor
            paint_segment(grid, a, b, ra, rb, hu)


def paint_segment(grid: Grid, a: Points, b: Points, ra: float, rb: float, hu: float) -> None:
    """Paint a cone with round ends."""
    pad = max(ra, rb) + 1.5
    box = grid.box(np.minimum(a, b) - pad, np.maximum(a, b) + pad)
    if any(s.stop <= s.start for s in box):
        return
    d = [p - c for p, c in zip(grid.at(box), a, strict=True)]
    v = b - a
    t = np.clip((d[0] * v[0] + d[1] * v[1] + d[2] * v[2]) / max(v @ v, 1e-6), 0, 1)
    distance = np.sqrt((d[0] - t * v[0]) ** 2 + (d[1] - t * v[1]) ** 2 + (d[2] - t * v[2]) ** 2) - (
        ra + (rb - ra) * t
    )
    # a vessel thinner than a fine sample still fills its share of one
    share = np.clip(0.5 - distance / 0.9, 0, 1).astype(np.float32)
    change = hu - grid.hu[box]
    grid.hu[box] += share * (np.maximum(change, 0) if hu > -500 else change)


def spread(rng: np.random.Generator, allowed: np.ndarray, count: int, grid: Grid) -> Points:
    """Return `count` points (x, y, z) spread evenly over the fine samples that are allowed."""
    index = np.argwhere(allowed[::3, ::4, ::4]) * (3, 4, 4)
    pick = index[rng.choice(len(index), min(8 * count, len(index)), replace=False)]
    p = np.stack([grid.x[pick[:, 2]], grid.y[pick[:, 1]], grid.z[pick[:, 0]]], axis=1)
    p += rng.uniform(-1.5, 1.5, p.shape)
    gap = (np.count_nonzero(allowed) * 0.5625 / count) ** (1 / 3) * 0.75
    tree, keep = KDTree(p), np.ones(len(p), bool)
    for i, near in enumerate(tree.query_ball_point(p, gap)):
        if keep[i]:
            keep[[j for j in near if j > i]] = False
    return p[keep][:count]


def paint_lungs(grid: Grid, fields: Fields) -> None:
    """Paint the air-filled tissue with its texture, the fissures, then vessels and bronchi."""
    rng = np.random.default_rng(SEED + 2)
    shape = grid.hu.shape
    coarse = ndi.gaussian_filter(rng.normal(size=shape).astype(np.float32), (4, 6, 6))
    fine = ndi.gaussian_filter(rng.normal(size=shape).astype(np.float32), 1.3)
    tissue = -872 + 0.28 * (grid.y[None, :, None] + 60) + 14 * coarse / coarse.std() + 26 * fine / fine.std()
    tissue = tissue + 45 * np.exp(
        fields.lung / 12
    )  # vessels too small to see crowd near the wall less than here
    right = grid.x[None, None, :] < midline(grid.y)[None, :, None]
    grid.paint(fields.lung, tissue)
    inside = fields.lung < 0
    grid.owner[inside & right] = 2
    grid.owner[inside & ~right] = 3
    paint_fissures(grid, fields)
    for side, hilum, gate, door in (
        (-1, (-46, 8, 146), (-50, 16, 116), (-46, 24, 124)),
        (1, (53, 22, 150), (56, 28, 112), (50, 32, 124)),
    ):
        mine = (right if side < 0 else ~right) & (fields.lung < -3.5)
        layers = [(1.0, 118.0)]
        paint_tree(grid, hilum, spread(rng, mine, 650, grid), 0.68, layers)
        paint_tree(grid, gate, spread(rng, mine, 420, grid), 0.66, layers)
        airy = mine & (fields.lung < -14)
        paint_tree(grid, door, spread(rng, airy, 70, grid), 0.85, [(1.45, -60.0), (1.0, -965.0)])


def paint_fissures(grid: Grid, fields: Fields) -> None:
    """Paint the sheets between the lobes: one oblique on each side, one level on the right."""
    x, y, z = grid.x[None, None, :], grid.y[None, :, None], grid.z[:, None, None]
    wave = 5 * np.sin(x / 22) + 3 * np.cos(y / 25)
    oblique = (z - 118 - 1.05 * y + wave) / 1.45
    level = np.maximum(np.abs(z - 136 - 0.1 * y + wave), -oblique)
    level = np.where(x < 0, level, 99.0)
    for sheet in (np.abs(oblique), level):
        share = np.clip(0.9 - sheet / 0.8, 0, 1) * (fields.lung < 0)
        grid.hu += (share * 140).astype(np.float32)


# --- mediastinum and upper abdomen ----------------------------------------------------------------


def paint_heart(grid: Grid, fields: Fields) -> None:
    """Paint fat sac, muscle and the blood in four chambers."""
    grid.paint(fields.heart - 2.8, HU["fat"] + 8)
    low, high = np.array([-75.0, -90, 40]), np.array([105.0, 50, 170])
    box = grid.box(low, high)
    p = np.broadcast_arrays(*grid.at(box))
    lv, rv, ra, la = (chamber(p) for chamber in CHAMBERS.values())
    groove = np.minimum(np.minimum(lv, la), np.minimum(np.maximum(rv, 1.5 - lv), np.maximum(ra, 3 - rv)))
    grid.paint(groove, HU["myocardium"], label=6, box=box)
    cavity = spheroid(p, (40, -19, 95), HEART_AXIS, (44, 23))
    papillary = np.minimum(
        spheroid(p, (50, -14, 84), HEART_AXIS, (14, 4.5)), spheroid(p, (46, -38, 88), HEART_AXIS, (14, 4.5))
    )
    grid.paint(np.maximum(cavity, -papillary), HU["blood"], box=box)
    grid.paint(np.maximum(rv + 3.5, 4.0 - lv), HU["right blood"], box=box)
    grid.paint(np.maximum(np.maximum(ra + 2.5, 5.0 - rv), 3 - la), HU["right blood"], box=box)
    grid.paint(np.maximum(la + 2.2, 5.5 - lv), HU["blood"], box=box)


def paint_vessels(grid: Grid) -> None:
    """Paint the great vessels with walls, the windpipe, the main bronchi and the gullet."""
    for tube in LUNG_VEINS:
        grid.tube(tube, HU["blood"], label=7)
    for side in (-1.0, 1.0):
        grid.tube(
            curve([(side * 52, -10, 256, 5), (side * 92, -6, 246, 4.6), (side * 126, 4, 222, 4)]), HU["blood"]
        )
        grid.tube(
            curve([(side * 56, -18, 254, 5), (side * 96, -15, 240, 4.6), (side * 128, -8, 212, 4)]),
            HU["wall"],
        )
    for tube in (*VEINS, *PULMONARY):
        grid.tube(tube, HU["right blood"], label=7)
    for tube in [AORTA, *NECK]:
        grid.tube(tube, HU["wall"] + 30, label=7)
    for tube in [AORTA, *NECK]:
        grid.tube(tube, HU["blood"], grow=-1.4)
    grid.tube(GULLET, HU["wall"])
    grid.tube(GULLET[:-8] * (1, 1, 1, 0.38), -500)
    airways = [TRACHEA, *BRONCHI]
    for tube in airways:
        grid.tube(tube, HU["wall"], grow=1.4)
    for tube in airways:
        grid.tube(tube, HU["air"] + 12, label=4)


def paint_abdomen(grid: Grid, fields: Fields) -> None:
    """Paint diaphragm, liver, stomach, spleen and a loop of bowel under the domes."""
    box = grid.box((-150.0, -120.0, 0.0), (150.0, 100.0, 84.0))
    x, y, z = grid.at(box)
    p = np.broadcast_arrays(x, y, z)
    under = np.maximum(fields.above[box], fields.cavity[box])
    grid.paint(under, HU["diaphragm"], box=box)
    grid.paint(np.maximum(under + 2.6, 4 - (z + 60)), HU["fat"], box=box)
    inner = under + 3.4
    bumps = 3 * np.sin(y / 13) * np.sin(x / 17) + 2 * np.sin(z / 9)
    edge = (x - 34 + 0.95 * (y + 36) + bumps) / 1.38
    liver = -smooth_min(
        [-inner, -edge, -(y - 52 + 0.25 * np.abs(x + 70) - 0.4 * z), fields.spine[box] - 9], 3.0
    )
    speck = (
        ndi.gaussian_filter(np.random.default_rng(SEED + 3).normal(size=liver.shape).astype(np.float32), 2)
        * 45
    )
    grid.paint(liver, HU["liver"] + speck, label=8, box=box)
    spleen = np.maximum(ellipsoid(p, (92, 34, 20), (27, 38, 42)), inner)
    grid.paint(spleen, HU["spleen"], label=9, box=box)
    stomach = -smooth_min(
        [-ellipsoid(p, (58, -18, 20), (42, 44, 38)), -inner - 1, liver - 2, spleen - 2], 2.0
    )
    grid.paint(stomach, HU["wall"] + 22, box=box)
    grid.paint(stomach + 3.5, HU["fluid"], box=box)
    grid.paint(np.maximum(stomach + 3.5, y + 26), -985, box=box)
    paint_liver_veins(grid)


def paint_liver_veins(grid: Grid) -> None:
    """Paint three hepatic veins that meet at the inferior vena cava, and a portal branch."""
    meet = (-26.0, 6.0, 58.0, 6.0)
    for path in (
        [meet, (-48, 10, 50, 5), (-78, 18, 36, 3.6), (-104, 20, 16, 2.4)],
        [meet, (-40, -14, 50, 4.6), (-56, -40, 36, 3.4), (-62, -62, 20, 2.2)],
        [meet, (-16, -18, 52, 4.2), (0, -46, 42, 3), (14, -66, 30, 2)],
        [(-34, -14, 4, 6), (-56, -10, 14, 5), (-80, -8, 22, 3.6), (-98, -22, 30, 2.4)],
    ):
        grid.tube(curve([tuple(map(float, p)) for p in path]), HU["right blood"] - 4)


def paint_table(grid: Grid) -> None:
    """Paint the scanner's curved table top and the mattress on it."""
    x, y = grid.x[None, :], grid.y[:, None]
    top = 103 - 0.0009 * x**2 + 0 * y
    mattress = np.maximum(np.abs(y - top - 3.5) - 4.5, np.abs(x) - 186)
    shell_out = np.maximum(np.maximum(top + 9 - y, y - (141 - 0.0023 * x**2)), np.abs(x) - 178)
    for distance, hu in ((mattress, -905), (shell_out, HU["shell"]), (shell_out + 2.2, HU["foam"])):
        grid.paint(np.broadcast_to(distance, grid.hu.shape), hu)


# --- the scanner ----------------------------------------------------------------------------------


def slices(grid: Grid) -> np.ndarray:
    """Return what the scanner averages: blurred in the plane, then 5 mm thick slices every 3 mm."""
    sharp = ndi.gaussian_filter1d(ndi.gaussian_filter1d(grid.hu, 0.95, axis=1), 0.95, axis=2)
    fine = sharp.reshape(grid.z.size, ROWS, 2, COLS, 2).mean(axis=(2, 4))
    return np.stack([fine[3 * i : 3 * i + 5].mean(axis=0) for i in range(PLANES)])


def noise(clean: np.ndarray) -> np.ndarray:
    """Return CT-like noise in HU: grainy by the scanner's ramp filter, strongest behind most tissue."""
    rng = np.random.default_rng(SEED + 4)
    white = rng.normal(size=clean.shape)
    fy, fx = np.fft.fftfreq(ROWS)[:, None], np.fft.rfftfreq(COLS)[None, :]
    f = np.hypot(fx, fy)
    ramp = np.sqrt(f) * np.exp(-((f / 0.34) ** 2))
    grain = np.fft.irfft2(np.fft.rfft2(white) * ramp, s=clean.shape[1:])
    grain = ndi.gaussian_filter1d(grain, 0.55, axis=0)
    grain /= grain.std()
    water = np.clip((clean + 1000) / 1000, 0, 1.8)
    across, along = water.mean(axis=2, keepdims=True), water.mean(axis=1, keepdims=True)
    load = ndi.gaussian_filter(across * np.ones_like(clean) + along, (0, 6, 6))
    return grain * (3.0 + 9.0 * np.clip(load - 0.25, 0, None))


def majority(grid: Grid) -> np.ndarray:
    """Return the label that owns most of each voxel (3 x 1.5 x 1.5 mm), shape (pln, row, col), uint8."""
    owned = grid.owner[1 : 1 + 3 * PLANES].reshape(PLANES, 3, ROWS, 2, COLS, 2)
    counts = np.stack([(owned == k).sum(axis=(1, 3, 5), dtype=np.uint8) for k in range(len(LABELS))])
    low, high = counts.argmax(axis=0), len(LABELS) - 1 - counts[::-1].argmax(axis=0)
    even = np.indices(low.shape).sum(axis=0) % 2 == 0  # a tie goes either way, or small things would shrink
    return np.where(even, low, high).astype(np.uint8)


def true_volumes(grid: Grid) -> dict[str, float]:
    """Return each label's volume in mm3 inside the scanned length; the nodule's is the formula's."""
    counts = np.bincount(grid.owner[1 : 1 + 3 * PLANES].ravel(), minlength=len(LABELS))
    volumes = {name: float(n * np.prod(FINE)) for name, n in zip(LABELS, counts, strict=True)}
    volumes["nodule"] = 4 / 3 * np.pi * NODULE_RADIUS**3
    return {name: round(v, 1) for name, v in volumes.items() if name != "background"}


def build() -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """Return the CT (int16 HU), its labels (uint8), both (pln, row, col), and true volumes in mm3."""
    grid = Grid()
    fields = Fields(grid)
    paint_table(grid)
    paint_wall(grid, fields)
    grid.paint(fields.cavity, HU["fat"] + 6)
    paint_lungs(grid, fields)
    paint_abdomen(grid, fields)
    paint_heart(grid, fields)
    paint_vessels(grid)
    paint_ribs(grid)
    paint_sternum(grid)
    paint_spine(grid, fields)
    paint_girdle(grid, fields)
    low, high = np.array(NODULE_CENTRE) - 10, np.array(NODULE_CENTRE) + 10
    grid.shape(low, high, lambda p: ellipsoid(p, NODULE_CENTRE, (NODULE_RADIUS,) * 3), HU["nodule"], label=10)
    clean = slices(grid)
    image = np.clip(np.rint(clean + noise(clean)), -1024, 3071).astype(np.int16)
    return image, majority(grid), true_volumes(grid)
