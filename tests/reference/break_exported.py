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


def flip_checksum(content):
    """Another checksum for models/model.json, in the table of contents."""
    place = content.rfind(b"models/model.json") - content[: content.rfind(b"models/model.json")][::-1].find(b"\2\1KP") - 4
    return content[: place + 16] + bytes(4) + content[place + 20 :]


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

    # What JSON can hold where something else belongs.
    def in_model(change):
        return lambda model: change(model["graph_module"])

    def stride(value):
        return in_nodes(lambda nodes: nodes[0]["inputs"][3].update(arg=value))

    def replaced(old, new):
        return lambda m: json.dumps(m).encode().replace(old, new, 1)

    bad("fraction", "has 2.5 instead of a whole number", MODEL, stride({"as_ints": [2.5, 2.5]}))
    bad("flag", "has true instead of a whole number", WEIGHTS, meta(lambda m: m["sizes"].__setitem__(0, {"as_int": True})))
    bad("beyond_64_bits", "instead of a whole number", WEIGHTS,
        meta(lambda m: m["sizes"].__setitem__(0, {"as_int": 2**64 - 1})))
    bad("number_as_text", 'has "2" instead of a whole number', MODEL, stride({"as_ints": ["2", "2"]}))
    bad("nan", "is not JSON", MODEL, replaced(b'{"as_float": 0.5}', b'{"as_float": NaN}'))
    bad("exponent", "is not JSON", MODEL, replaced(b'{"as_float": 0.5}', b'{"as_float": 1e999}'))
    bad("float_as_text", "has much instead of a number", MODEL, replaced(b'{"as_float": 0.5}', b'{"as_float": "much"}'))
    bad("deep_objects", "nested too deeply", MODEL, lambda _: b'{"a":' * 100000)
    bad("deep_inside", "nested too deeply", MODEL, replaced(b'"as_none": true', b'"as_none": ' + b"[" * 100000 + b"]" * 100000))
    bad("nodes_object", "does not hold what torch.export writes", MODEL,
        lambda m: m["graph_module"]["graph"].update(nodes={"a": 1}))
    bad("inputs_number", "does not hold what torch.export writes", MODEL, in_nodes(lambda nodes: nodes[0].update(inputs=7)))
    bad("two_members", "a union without its one member", MODEL, stride({"as_ints": [2, 2], "as_int": 2}))

    # The graph.
    def uses(node, name):
        return in_nodes(lambda nodes: nodes[node]["inputs"][0]["arg"]["as_tensor"].update(name=name))

    bad("own_result", "which nothing computes before", MODEL, uses(3, "relu_"))
    bad("cycle", "which nothing computes before", MODEL, uses(1, "linear"))
    bad("no_such_result", "which nothing computes before", MODEL, in_model(
        lambda g: g["signature"]["output_specs"][0]["user_output"]["arg"]["as_tensor"].update(name="nowhere")))
    bad("escapes", "uses a?[31m?, which nothing", MODEL, uses(1, "a\x1b[31m\n"))
    bad("long_name", "which nothing computes before", MODEL, uses(1, "x" * 10**6))
    bad("images_twice", "takes more than one batch of images", MODEL, in_model(
        lambda g: g["signature"]["input_specs"].append(g["signature"]["input_specs"][-1])))
    bad("no_images", "takes no batch of images", MODEL, in_model(lambda g: g["signature"]["input_specs"].pop()))
    bad("flat_images", "takes a tensor of 2 dimensions", MODEL, in_model(
        lambda g: g["graph"]["tensor_values"]["x"].update(sizes=g["graph"]["tensor_values"]["x"]["sizes"][:2])))
    bad("negative_images", "sizes of images are impossible", MODEL, in_model(
        lambda g: g["graph"]["tensor_values"]["x"]["sizes"].__setitem__(2, {"as_int": -24})))
    bad("huge_images", "sizes of images are impossible", MODEL, in_model(
        lambda g: g["graph"]["tensor_values"]["x"]["sizes"].__setitem__(2, {"as_int": 10**12})))
    bad("no_stride", "can't run", MODEL, stride({"as_ints": [0, 0]}))
    bad("huge_result", "Memory ran out", MODEL,
        in_nodes(lambda nodes: nodes[26]["inputs"][1].update(arg={"as_ints": [10**6, 10**6]})))
    bad("huge_padding", "can't run", MODEL,
        in_nodes(lambda nodes: nodes[1]["inputs"][4].update(arg={"as_ints": [10**12, 10**12]})))

    # Tensors.
    bad("fewer_strides", "4 sizes but 1 strides", WEIGHTS, meta(lambda m: m.update(strides=m["strides"][:1])))
    bad("stride_beyond", "reaches beyond its storage", WEIGHTS, meta(lambda m: m["strides"].__setitem__(0, {"as_int": 28})))
    bad("stride_below", "lies outside its storage", WEIGHTS, meta(lambda m: m["strides"].__setitem__(0, {"as_int": -27})))
    bad("sparse", "in a sparse layout", WEIGHTS, meta(lambda m: m.update(layout=1)))
    bad("absolute_path", "/etc/passwd is missing", WEIGHTS,
        lambda w: w["config"]["stem.weight"].update(path_name="/../../../../etc/passwd"))

    # The archive.
    def raw(name, words, change):
        with open(original, "rb") as file:
            content = change(file.read())
        with open(f"{folder}/{name}.pt2", "wb") as file:
            file.write(content)
        said[name] = words

    def without(name, words, entry):
        rewrite(original, folder, name, lambda e: e.pop(entry))
        said[name] = words

    def poke(content, mark, offset, value):
        place = content.rfind(mark) + offset
        return content[:place] + value + content[place + len(value):]

    no_table = "no readable table of contents"
    raw("half", no_table, lambda b: b[:len(b) // 2])
    raw("last_byte", no_table, lambda b: b[:-1])
    raw("first_bytes", no_table, lambda b: b[:30])
    raw("table_far_away", no_table, lambda b: poke(b, b"PK\5\6", 16, b"\xff\xff\xff\x7f"))
    raw("many_entries", no_table, lambda b: poke(b, b"PK\5\6", 8, b"\xff\xfe\xff\xfe"))
    raw("checksum", "checksum", flip_checksum)
    without("no_config", "its tensor stem.weight is missing", WEIGHTS)
    without("no_version", "archive_version is missing", "archive_version")
    without("no_bytes", "data/weights/weight_0 is missing", "data/weights/weight_0")

    with zipfile.ZipFile(f"{folder}/old.pt2", "w") as archive:
        archive.writestr("serialized_exported_program.json", "{}")
    said["old"] = "does not hold what torch.export writes"
    return said


if __name__ == "__main__":
    print(json.dumps(write_all(*sys.argv[1:])))
