"""pyproject.toml is the one truth about dependencies: environment.yml and the pins follow it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))

# Where conda-forge's name is another than PyPI's; what an extra adds is in the environment anyway.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "dask": "dask-core", "playwright": "playwright-python"}
NOT_ON_CONDA_FORGE = {"axe-playwright-python", "pydicom-data", "pylibjpeg-rle", "python-gdcm"}
CONDA_ONLY = {"python", "pip"}
PYTHONS = ("3.11.0", "3.11.15", "3.12.0", "3.13.0", "3.14.0", "3.15.0")
SYSTEMS = ({"sys_platform": "linux"}, {"sys_platform": "darwin"}, {"sys_platform": "win32"})


def wanted() -> list[Requirement]:
    """What biomedlab and its tests need."""
    return [
        Requirement(text)
        for text in (*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"])
    ]


def everything_declared() -> list[Requirement]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    return [
        Requirement(text)
        for texts in (PROJECT["project"]["dependencies"], *extras, *groups)
        for text in texts
    ]


def pins() -> list[Requirement]:
    return [Requirement(text) for text in PROJECT["tool"]["uv"]["constraint-dependencies"]]


def bounds(specifier: str) -> frozenset[str]:
    """Return the single bounds of a range, in either language: both write `>=2.0,<3`."""
    return frozenset(str(bound) for bound in SpecifierSet(specifier))


def conda_side() -> dict[str, frozenset[str]]:
    specs = [MatchSpec(line, strict=True) for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    return {spec.name.normalized: bounds(spec.version or "") for spec in specs}


def pip_side() -> dict[str, frozenset[str]]:
    lines = next(item["pip"] for item in ENVIRONMENT["dependencies"] if isinstance(item, dict))
    requirements = [Requirement(line) for line in lines if not line.startswith("-")]
    return {canonicalize_name(r.name): bounds(str(r.specifier)) for r in requirements}


def conda_name(requirement: Requirement) -> str:
    name = canonicalize_name(requirement.name)
    return CONDA_NAMES.get(name, name)


def test_environment_and_pyproject_hold_the_same_bounds() -> None:
    declared = {conda_name(r): bounds(str(r.specifier)) for r in wanted()}
    conda, pip = conda_side(), pip_side()
    assert not conda.keys() & pip.keys()
    found = {name: bound for name, bound in (conda | pip).items() if name not in CONDA_ONLY}
    assert found == declared


def test_only_what_conda_forge_lacks_comes_from_pip() -> None:
    assert pip_side().keys() == NOT_ON_CONDA_FORGE


def test_the_package_itself_comes_from_the_clone() -> None:
    lines = next(item["pip"] for item in ENVIRONMENT["dependencies"] if isinstance(item, dict))
    assert "--editable ." in lines
    assert ENVIRONMENT["channels"][0] == "conda-forge"


def test_python_has_the_same_lower_bound_everywhere() -> None:
    assert conda_side()["python"] == bounds(PROJECT["project"]["requires-python"])
    listed = [c.rpartition(" ")[2] for c in PROJECT["project"]["classifiers"] if ":: 3." in c]
    assert PROJECT["project"]["requires-python"] == f">={listed[0]}"


def test_every_pin_is_exact_and_inside_the_declared_range() -> None:
    for pin in pins():
        (only,) = pin.specifier
        assert only.operator == "==", pin
        for requirement in everything_declared():
            if canonicalize_name(requirement.name) == canonicalize_name(pin.name):
                assert requirement.specifier.contains(only.version), f"{pin} is outside {requirement}"


def test_every_dependency_is_pinned_for_every_python_and_system() -> None:
    for requirement in everything_declared():
        for python in PYTHONS:
            for system in SYSTEMS:
                where = {
                    "python_full_version": python,
                    "python_version": python.rpartition(".")[0],
                    **system,
                }
                fitting = [
                    pin
                    for pin in pins()
                    if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
                    and (pin.marker is None or pin.marker.evaluate(where))
                ]
                assert len(fitting) == 1, f"{requirement.name} has {len(fitting)} pins for {where}"


def test_every_dependency_has_a_lower_bound_and_no_upper_one() -> None:
    for requirement in wanted():
        assert [bound.operator for bound in requirement.specifier] == [">="], requirement
