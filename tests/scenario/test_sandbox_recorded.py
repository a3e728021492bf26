"""The sandbox on the recorded state of a real cluster (RUNNEL_SHARED/conformance/handover): what a real API server would not change,
the sandbox must not change either. This is what guards defaults, zero values, quantities and managedFields of the built-in kinds."""
import copy
import json
import os
import tarfile

import pytest

from sandbox import Sandbox

ARCHIVE = os.path.join(os.environ.get("RUNNEL_SHARED", ""), "conformance", "handover", "state.tar.xz")
pytestmark = pytest.mark.skipif(not os.path.exists(ARCHIVE), reason="no recorded state: set RUNNEL_SHARED")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    with tarfile.open(ARCHIVE) as archive:
        members = [m for m in archive.getmembers() if m.name.startswith("state/objects/") and m.isfile()]
        archive.extractall(folder, members, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder, members)
    objects = folder / "state" / "objects"
    with Sandbox(folder, args=["--no-simulator"], load=[objects]) as box:
        served = {}
        groups = ["/api/v1"] + ["/apis/" + v["groupVersion"] for g in box.get("/apis")["groups"] for v in g["versions"]]
        for root in groups:
            for r in box.get(root)["resources"]:
                served[(root.split("/", 2)[2], r["kind"])] = (root, r) if "/" not in r["name"] else served.get((root.split("/", 2)[2], r["kind"]))
        rows = []
        for name in sorted(os.listdir(objects)):
            for o in json.loads((objects / name).read_text())["items"]:
                root, r = served[(o["apiVersion"], o["kind"])]
                where = "/namespaces/" + o["metadata"]["namespace"] if r["namespaced"] else ""
                rows.append((f"{root}{where}/{r['name']}/{o['metadata']['name']}", o))
        assert len(rows) > 250
        yield box, rows


def owned(v, fields):
    """The part of v that a set of fields (fieldsV1) names, in v's order: what was applied."""
    if not [k for k in fields if k != "."]:
        return {} if isinstance(v, dict) and set(v) <= {"finalizers"} else copy.deepcopy(v)
    if isinstance(v, dict):
        return {k: owned(v[k], fields["f:" + k]) for k in v if "f:" + k in fields}
    out = []
    for item in v:
        for k, sub in fields.items():
            key = json.loads(k[2:]) if k[:2] in ("k:", "v:") else None
            if k.startswith("v:") and key == item:
                out.append(item)
            elif k.startswith("k:") and all(item.get(x, key[x]) == key[x] for x in key):
                out.append({**owned(item, sub), **{x: item[x] for x in key if x in item}})
    return out


def without_managed_fields(o):
    return {**o, "metadata": {k: v for k, v in o["metadata"].items() if k != "managedFields"}}


def test_loaded_as_recorded(recorded):
    box, rows = recorded
    assert [path for path, o in rows if box.get(path) != o] == []


def test_applying_again_changes_nothing(recorded):
    box, rows = recorded
    wrong, n = [], 0
    for path, o in rows:
        for entry in o["metadata"].get("managedFields", []):
            if entry["operation"] != "Apply" or entry.get("subresource"):
                continue
            config = owned(o, entry["fieldsV1"])
            config.update(apiVersion=entry["apiVersion"], kind=o["kind"])
            config.setdefault("metadata", {})["name"] = o["metadata"]["name"]
            code, answer, _ = box.call("PATCH", f"{path}?fieldManager={entry['manager']}&force=true&dryRun=All", json.dumps(config),
                                       content_type="application/apply-patch+yaml")
            n += 1
            # (fields with zero values are in the set but not in the object, so that managedFields may differ)
            if code != 200 or without_managed_fields(answer) != without_managed_fields(o):
                wrong.append((path, entry["manager"], answer.get("message")))
    assert wrong == [] and n > 200


@pytest.mark.parametrize("subresource", ["", "/status"])
def test_putting_back_changes_nothing(recorded, subresource):
    box, rows = recorded
    wrong = []
    for path, o in rows:
        code, answer, _ = box.call("PUT", path + subresource + "?dryRun=All", o)
        if code != (404 if subresource and box.missing(path + subresource) else 200) or (code == 200 and answer != o):
            wrong.append((path, code, answer.get("message")))
    assert wrong == []
