#!/usr/bin/env python3
"""Damaged and harmful ONNX files, and what is to be said of them: tests/support/onnx/broken.json for onnx_test.

    break_onnx.py FOLDER/broken.json
"""
import base64
import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

F = TensorProto.FLOAT


def usual(nodes=None, tensors=(), sizes=("N", 3, 8, 8), opset=17, kind=F, outputs=("y",)):
    weights = np.linspace(-1, 1, 4 * 3 * 9, dtype=np.float32).reshape(4, 3, 3, 3)
    nodes = nodes or [helper.make_node("Conv", ["x", "w"], ["a"], "conv"), helper.make_node("Relu", ["a"], ["y"], "relu")]
    held = [numpy_helper.from_array(weights, "w"), *tensors]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", kind, sizes)],
                              [helper.make_tensor_value_info(name, F, None) for name in outputs], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def with_nodes(*nodes, **more):
    first = helper.make_node("Conv", ["x", "w"], ["a"], "conv")
    return usual([first, *nodes], **more)


def node(kind, inputs, outputs=("y",), **attributes):
    return helper.make_node(kind, list(inputs), list(outputs), name=kind.lower(), **attributes)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def changed(change):
    model = usual()
    change(model)
    return model


def weight(**set_to):
    def change(model):
        tensor = model.graph.initializer[0]
        for key, value in set_to.items():
            if key == "dims":
                del tensor.dims[:]
                tensor.dims.extend(value)
            else:
                setattr(tensor, key, value)
    return changed(change)


def external(location, offset=None, length=None):
    def change(model):
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            if value is not None:
                entry = tensor.external_data.add()
                entry.key, entry.value = key, value
    return changed(change)


def functions(count):
    """Each calls the one before it twice: 2 ** count operations."""
    made = [helper.make_function("own", "f0", ["a"], ["c"], [node("Relu", ["a"], ["c"])], [helper.make_opsetid("", 17)])]
    for i in range(1, count):
        inner = [helper.make_node(f"f{i - 1}", ["a"], ["b"], domain="own"),
                 helper.make_node(f"f{i - 1}", ["b"], ["c"], domain="own")]
        made.append(helper.make_function("own", f"f{i}", ["a"], ["c"], inner, [helper.make_opsetid("own", 1)]))
    model = with_nodes(helper.make_node(f"f{count - 1}", ["a"], ["y"], domain="own"))
    model.functions.extend(made)
    model.opset_import.append(helper.make_opsetid("own", 1))
    return model


def calls_itself():
    model = functions(1)
    model.functions[0].node[0].CopyFrom(helper.make_node("f0", ["a"], ["c"], domain="own"))
    return model


def field(number, content):
    length, size = len(content), b""
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


def deep():
    """Branches in branches, deeper than a parser goes: a node's attribute holds a graph, and so on."""
    graph = b""
    for _ in range(500):
        graph = field(1, field(5, field(6, graph)))
    return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11")


def left_out_constant():
    """As Keras 3 and tf2onnx write the mean of a layer Normalization: as an input without values."""
    model = usual()
    model.producer_name = "tf2onnx"
    model.graph.input.append(helper.make_tensor_value_info("net/normalization/Sub/y:0", F, (1, 1, 1, 3)))
    return model


def bytes_of(model):
    return model if isinstance(model, bytes) else model.SerializeToString()


def files():
    whole = usual().SerializeToString()
    damaged = "damaged or incomplete"
    yield "cut_half", whole[:len(whole) // 2], damaged
    yield "cut_end", whole[:-1], damaged
    yield "only_head", whole[:3], ""
    yield "text", b"this is no network\n" * 9, damaged
    yield "noise", bytes(range(1, 250)) * 4, damaged
    yield "long_field", b"\x08\x08\x3a\xff\xff\xff\xff\x07" + b"x" * 50, damaged
    yield "no_graph", onnx.ModelProto(ir_version=8).SerializeToString() + b"\x42\x02\x10\x11", damaged
    yield "empty_graph", changed(lambda m: m.graph.Clear()), damaged
    yield "deep", deep(), damaged
    yield "opset_6", usual(opset=6), "version 6"
    yield "opset_99", usual(opset=99), "version 99"
    yield "opset_negative", usual(opset=-3), "version -3"
    yield "no_opset", changed(lambda m: m.ClearField("opset_import")), "does not state a version"
    yield "unknown_operator", usual([node("Quux", ["x"])]), "Quux (1 time, first in the layer 'quux')"
    yield "unknown_domain", usual([helper.make_node("Gelu", ["x"], ["y"], domain="com.other")]), "com.other.Gelu"
    yield "loop", usual([node("Loop", ["", ""], body=helper.make_graph([], "b", [], []))]), "Loop (1 time"
    yield "quantised", usual([node("QLinearConv", ["x"])]), "has too few inputs"
    yield "bad_utf8", changed(lambda m: None).SerializeToString().replace(b"conv", b"\xff\xfe\x80n").replace(
        b"Conv", b"\xc3\x28on"), "operators that are not read"
    yield "control_characters", usual([node("A\x1b[31m\n", ["x"])]), "operators that are not read"
    yield "dangling", usual([node("Relu", ["nowhere"])]), "nowhere, which nothing computes"
    yield "cyclic", with_nodes(node("Add", ["a", "y"], ["b"]), node("Relu", ["b"])), "uses y, which nothing computes"
    yield "itself", usual([node("Add", ["x", "y"])]), "uses y, which nothing computes"
    yield "twice", with_nodes(node("Relu", ["a"]), node("Tanh", ["a"])), "computes y twice"
    yield "input_again", usual([node("Relu", ["x"], ["x"])], outputs=["x"]), "computes x twice"
    yield "two_tensors", changed(lambda m: m.graph.initializer.append(m.graph.initializer[0])), "two tensors of the name w"
    yield "no_output", changed(lambda m: m.graph.ClearField("output")), damaged
    yield "lost_output", changed(lambda m: setattr(m.graph.output[0], "name", "lost")), "uses lost, which nothing computes"
    yield "constant_output", usual([node("Identity", ["w"])]), "nothing that depends on the images"
    yield "no_input", changed(lambda m: m.graph.ClearField("input")), ""
    yield "two_inputs", changed(lambda m: m.graph.input.append(helper.make_tensor_value_info("z", F, [1]))), "more than one batch"
    yield "whole_numbers", usual(kind=TensorProto.UINT8), "images of type"
    yield "no_sizes", changed(lambda m: m.graph.input[0].type.tensor_type.ClearField("shape")), "does not state the sizes"
    yield "flat", usual(sizes=("N", 3)), "a tensor of 2 dimensions"
    yield "negative_size", usual(sizes=("N", 3, -8, 8)), "impossible"
    yield "huge_size", usual(sizes=("N", 3, 10**12, 10**12)), "impossible"
    yield "many_images", usual(sizes=(2000, 3, 8, 8)), "batches of exactly 2000 images"
    yield "tensor_short", weight(raw_data=b"\0" * 8), "has 8 bytes, but sizes for"
    yield "tensor_huge", weight(dims=[10**6, 10**6, 3, 3]), "bytes, but sizes for"
    yield "tensor_overflow", weight(dims=[2**40, 2**40, 3, 3]), "impossible sizes"
    yield "tensor_negative", weight(dims=[-4, 3, 3, 3]), "impossible sizes"
    yield "tensor_type", weight(data_type=8), "type that is not read"
    yield "tensor_type_unknown", weight(data_type=77), "type that is not read"
    yield "tensor_many_dims", weight(dims=[1] * 99), "too many dimensions"
    yield "tensor_other_place", changed(lambda m: (m.graph.initializer[0].ClearField("raw_data"),
                                                   m.graph.initializer[0].int64_data.extend([1] * 108))), "place of another type"
    yield "tensor_nan", weight(raw_data=b"\xff" * 4 * 108), "not finite"
    yield "outside_up", external("../../etc/hostname"), "not a file in the folder"
    yield "outside_root", external("/etc/hostname"), "not a file in the folder"
    yield "outside_folder", external("."), "not a file in the folder"
    yield "outside_empty", external(""), "not a file in the folder"
    yield "missing_data", external("gone.bin"), "gone.bin, which is missing"
    yield "odd_offset", external("odd_offset.onnx", offset="-5"), "gives no number"
    yield "far_offset", external("far_offset.onnx", offset="9" * 19), "ends before"
    yield "odd_length", external("odd_length.onnx", length="12"), "another number of bytes"
    yield "reshape_huge", with_nodes(node("Reshape", ["a", "s"]), tensors=[ints("s", 10**6, 10**6)]), ""
    yield "fill_huge", with_nodes(node("ConstantOfShape", ["s"], ["b"]), node("Add", ["a", "b"]),
                                  tensors=[ints("s", 10**6, 10**6)]), "larger than any network needs"
    yield "fill_negative", with_nodes(node("ConstantOfShape", ["s"], ["b"]), node("Add", ["a", "b"]),
                                      tensors=[ints("s", -10**6)]), "impossible sizes"
    yield "expand_huge", with_nodes(node("Expand", ["w", "s"], ["b"]), node("Add", ["a", "b"]),
                                    tensors=[ints("s", 10**6, 10**6, 1, 1, 1, 1)]), "larger than any network needs"
    yield "tile_huge", with_nodes(node("Tile", ["a", "s"]), tensors=[ints("s", 1, 10**9, 10**9, 1)]), "larger than any network needs"
    yield "pad_huge", with_nodes(node("Pad", ["a", "s"]), tensors=[ints("s", *[10**12] * 8)]), "impossible sizes"
    yield "resize_huge", with_nodes(node("Resize", ["a", "", "", "s"]), tensors=[ints("s", 1, 4, 10**6, 10**6)]), "larger than any network needs"
    yield "range_huge", with_nodes(node("Range", ["z", "h", "o"], ["b"]), node("Cast", ["b"], ["c"], to=1), node("Add", ["a", "c"]),
                                   tensors=[numpy_helper.from_array(np.int64(v), n) for n, v in (("z", 0), ("h", 10**12), ("o", 1))]), "larger than any network needs"
    yield "stride_zero", usual([node("Conv", ["x", "w"], strides=[0, 1])]), "impossible sizes"
    yield "pads_many", usual([node("Conv", ["x", "w"], pads=[1])]), "impossible sizes"
    yield "groups_zero", usual([node("Conv", ["x", "w"], group=0)]), "no groups"
    yield "few_inputs", usual([node("Conv", ["x"])]), "too few inputs"
    yield "axis_far", with_nodes(node("Softmax", ["a"], axis=9)), "does not have"
    yield "gather_far", with_nodes(node("Gather", ["a", "i"], axis=1), tensors=[ints("i", 99)]), "reads beyond"
    yield "perm_twice", with_nodes(node("Transpose", ["a"], perm=[0, 1, 1, 3])), "each dimension once"
    yield "odd_attribute", usual([node("Relu", ["x"], slope=0.5)]), "has the attribute 'slope'"
    yield "line_network", usual([node("Conv", ["x", "v"])], [numpy_helper.from_array(np.ones((4, 3, 3), np.float32), "v")]), "not for images"
    yield "calls_itself", calls_itself(), "deeper in one another"
    yield "calls_many", functions(19), "more often"
    yield "left_out_constant", left_out_constant(), "asks for net/normalization/Sub/y:0 (1 x 1 x 1 x 3) beside the images"
    yield "sparse", changed(lambda m: m.graph.sparse_initializer.add()), "sparse"


if __name__ == "__main__":
    made = {name: {"model": base64.b64encode(bytes_of(model)).decode(), "words": words} for name, model, words in files()}
    with open(sys.argv[1], "w") as file:
        json.dump(made, file, indent=0)
    print(len(made), "files")
