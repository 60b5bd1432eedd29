"""Write what uv resolves today into pyproject.toml as exact constraints.

Run it as `python tools/pin.py`: it drops the old pins, resolves anew and writes the new ones.
A package that differs between Python versions keeps one pin for each, behind its marker.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINS = re.compile(r"constraint-dependencies = \[\n.*?\]\n", re.DOTALL)


def pins(lock: dict) -> list[str]:
    """Return one requirement line for each package and marker in a parsed uv.lock."""
    lines = []
    for package in lock["package"]:
        if package["name"] == "biomedlab":
            continue
        pin = f"{package['name']}=={package['version']}"
        markers = package.get("resolution-markers")
        if markers:
            pin += " ; " + (markers[0] if len(markers) == 1 else " or ".join(f"({m})" for m in markers))
        lines.append(pin)
    return sorted(lines)


def main() -> None:
    """Resolve without pins, then write the pins."""
    pyproject = ROOT / "pyproject.toml"
    text = PINS.sub("constraint-dependencies = [\n]\n", pyproject.read_text())
    pyproject.write_text(text)
    (ROOT / "uv.lock").unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "uv", "lock"], cwd=ROOT, check=True)
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    rows = "".join(f'  "{pin.replace(chr(34), chr(39))}",\n' for pin in pins(lock))
    pyproject.write_text(PINS.sub(lambda _: f"constraint-dependencies = [\n{rows}]\n", text))


if __name__ == "__main__":
    main()
