#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares deploy/crds with the structure of Flux's own CRDs, without descriptions.

The structures are in conformance/crds of the folder that RUNNEL_SHARED names (default: ../shared beside the repository).
Exit code 0: equal; 1: a difference, each printed with its path; 77: the folder is not there (skipped).
"""
import os
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
OURS = ROOT / "deploy" / "crds"


def without_descriptions(node, named=False):
    """`named`: the keys of this map are field names, so that a field called description stays."""
    if isinstance(node, list):
        return [without_descriptions(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_descriptions(value, not named and key == "properties")
        for key, value in node.items()
        if named or key != "description"
    }


def differences(want, got, path=""):
    if type(want) is not type(got):
        yield f"{path}: want {want!r}, got {got!r}"
    elif isinstance(want, dict):
        for key in sorted(want.keys() | got.keys()):
            if key not in got:
                yield f"{path}.{key}: missing"
            elif key not in want:
                yield f"{path}.{key}: not in Flux's"
            else:
                yield from differences(want[key], got[key], f"{path}.{key}")
    elif isinstance(want, list):
        if len(want) != len(got):
            yield f"{path}: want {want!r}, got {got!r}"
            return
        for i, (one, other) in enumerate(zip(want, got)):
            yield from differences(one, other, f"{path}[{i}]")
    elif want != got:
        yield f"{path}: want {want!r}, got {got!r}"


def undescribed(schema, path):
    """Fields below spec and status without a description of their own."""
    for name, field in schema.get("properties", {}).items():
        if "description" not in field and not path.endswith(".metadata") and name != "metadata":
            yield f"{path}.{name}: no description"
        yield from undescribed(field, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from undescribed(schema[key], path + "[]")


def main():
    shared = pathlib.Path(os.environ.get("RUNNEL_SHARED", ROOT.parent / "shared")) / "conformance" / "crds"
    ours = {p.name: yaml.safe_load(p.read_text()) for p in OURS.glob("*.yaml") if p.name != "kustomization.yaml"}
    listed = yaml.safe_load((OURS / "kustomization.yaml").read_text())["resources"]
    problems = [f"kustomization.yaml: lists {sorted(listed)}, there are {sorted(ours)}"] if sorted(listed) != sorted(ours) else []
    for name, crd in ours.items():
        for version in crd["spec"]["versions"]:
            problems += undescribed(version["schema"]["openAPIV3Schema"], name)
    if shared.is_dir():
        theirs = {p.name: yaml.safe_load(p.read_text()) for p in shared.glob("*.yaml")}
        for name in sorted(theirs.keys() | ours.keys()):
            want, got = without_descriptions(theirs.get(name, {})), without_descriptions(ours.get(name, {}))
            problems += [f"{name}{d}" for d in differences(want, got)]
    for problem in problems:
        print(problem)
    if problems:
        return 1
    if not shared.is_dir():
        print(f"skipped: {shared} is not there")
        return 77
    print(f"{len(ours)} CRDs have the structure of Flux's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
