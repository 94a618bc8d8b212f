#!/usr/bin/python3
"""Archives of torch.export that are damaged or harmful, made of a good one: for exported_program_test.

    break_exported.py ARCHIVE FOLDER   writes FOLDER/NAME.pt2 for each, and prints {NAME: words that the refusal has}
"""
import json
import sys
import zipfile

def rewrite(original, folder, new, change):
    """A copy of an archive, whose entries {name: bytes} `change` changes."""
    with zipfile.ZipFile(original) as archive:
        entries = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(f"{folder}/{new}.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(f"{new}/{name}", content)


MODEL, WEIGHTS = "models/model.json", "data/weights/model_weights_config.json"


def write_all(original, folder):
    """{name: words that the refusal must have}."""
    said = {}

    def bad(name, words, entry, change):
        def change_entries(entries):
            content = json.loads(entries[entry])
            changed = change(content)
            entries[entry] = changed if isinstance(changed, bytes) else json.dumps(content).encode()

        rewrite(original, folder, name, change_entries)
        said[name] = words

    def in_nodes(change):
        return lambda model: change(model["graph_module"]["graph"]["nodes"])

    def meta(change):
        return lambda weights: change(weights["config"]["stem.weight"]["tensor_meta"])

    def target(name, at=0):
        return in_nodes(lambda nodes: nodes[at].update(target=name))

    bad("not_json", "is not JSON", MODEL, lambda _: b"{")
    bad("utf8", "is not JSON", MODEL, lambda m: json.dumps(m).encode().replace(b"conv2d", b"\xff\xfe", 1))
    bad("deep", "nested too deeply", MODEL, lambda _: b"[" * 1000000)
    bad("empty", "does not hold what torch.export writes", MODEL, lambda m: m.clear())
    bad("version", "of a version that is not known (9, 0)", MODEL, lambda m: m["schema_version"].update(major=9))
    bad("no_nodes", "which nothing computes before", MODEL, in_nodes(lambda nodes: nodes.clear()))
    bad("dangling", "which nothing computes before", MODEL, in_nodes(lambda nodes: nodes.pop(0)))
    bad("twice", "twice", MODEL, in_nodes(lambda nodes: nodes.insert(1, nodes[0])))
    bad("unknown", "torch.ops.aten.nothing.default (1 time, first in the layer 'stem')", MODEL,
        target("torch.ops.aten.nothing.default"))
    bad("left_out", "torch.ops.own.odd.default (1 time, first in the layer 'blocks.0.conv')", MODEL,
        target("torch.ops.own.odd.default", at=1))
    bad("saves", "may do harm", MODEL, target("torch.ops.aten.from_file.default"))
    bad("higher_order", "torch.ops.higher_order.cond", MODEL, target("torch.ops.higher_order.cond"))
    bad("argument", "in a way that", MODEL, in_nodes(lambda nodes: nodes[0]["inputs"][0].update(name="nonsense")))
    bad("kind", "an argument of the kind as_graph", MODEL,
        in_nodes(lambda nodes: nodes[0]["inputs"][0].update(arg={"as_graph": {}})))
    bad("module_name", "without a name", MODEL,
        lambda m: m["graph_module"]["module_call_graph"].append({"fqn": "a..b", "signature": None}))
    bad("modules", "nested too deeply", MODEL,
        lambda m: m["graph_module"]["module_call_graph"].append({"fqn": "a." * 200000 + "a", "signature": None}))
    bad("huge", "reaches beyond its storage", WEIGHTS,
        meta(lambda m: m.update(sizes=[{"as_int": 10**12}], strides=[{"as_int": 1}])))
    bad("repeated", "more elements than", WEIGHTS,
        meta(lambda m: m.update(sizes=[{"as_int": 10**12}], strides=[{"as_int": 0}])))
    bad("overflow", "impossible sizes", WEIGHTS,
        meta(lambda m: m.update(sizes=[{"as_int": 2**40}] * 4, strides=[{"as_int": 1}] * 4)))
    bad("negative", "impossible sizes", WEIGHTS, meta(lambda m: m["sizes"].__setitem__(0, {"as_int": -8})))
    bad("offset", "reaches beyond its storage", WEIGHTS, meta(lambda m: m["storage_offset"].update(as_int=1)))
    bad("offset_below", "lies outside its storage", WEIGHTS, meta(lambda m: m["storage_offset"].update(as_int=-1)))
    bad("type", "numbers of a type that is not read", WEIGHTS, meta(lambda m: m.update(dtype=29)))
    bad("path", "../../secret is missing", WEIGHTS,
        lambda w: w["config"]["stem.weight"].update(path_name="../../secret"))
    bad("pickled", "as a pickle", WEIGHTS, lambda w: w["config"]["stem.weight"].update(use_pickle=True))
    bad("no_weight", "its tensor stem.weight is missing", WEIGHTS, lambda w: w["config"].pop("stem.weight"))
    rewrite(original, folder, "bomb", lambda e: e.update({"data/weights/weight_0": bytes(400 << 20)}))
    said["bomb"] = "unpacks to more than"
    rewrite(original, folder, "order", lambda e: e.update({"byteorder": b"big"}))
    said["order"] = "another byte order"
    rewrite(original, folder, "not_finite",
            lambda e: e.update({"data/weights/weight_0": b"\0\0\xc0\x7f" + e["data/weights/weight_0"][4:]}))
    said["not_finite"] = "1 of the 216 numbers in its tensor stem.weight are not finite"
    bad("over_one_another", "need far more memory", WEIGHTS,
        lambda w: w["config"].update({str(i): w["config"]["stem.weight"] for i in range(2000)}))
    with zipfile.ZipFile(f"{folder}/old.pt2", "w") as archive:
        archive.writestr("serialized_exported_program.json", "{}")
    said["old"] = "does not hold what torch.export writes"
    return said


if __name__ == "__main__":
    print(json.dumps(write_all(*sys.argv[1:])))
