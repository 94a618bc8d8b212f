#!/usr/bin/env python3
"""Small ONNX files as programs other than PyTorch write them, and what ONNX Runtime makes of them: for onnx_test.

    make_onnx_makers.py tests/support/onnx    writes makers.json and quantised.onnx

Made with onnx 1.23, onnxruntime 1.32, tensorflow 2.21, keras 3.15 and tf2onnx 1.17; needs no torch.
"""
import base64
import json
import os
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, parser

os.environ["CUDA_VISIBLE_DEVICES"] = ""
SIDE = 24
random = np.random.default_rng(4)


def noise():
    """Two images, as in network_support.h."""
    state, values = 1, []
    for _ in range(2 * 3 * SIDE * SIDE):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append((state >> 8) / 8388608 - 1)
    return np.array(values, np.float32).reshape(2, 3, SIDE, SIDE)


def drawn(*shape):
    spread = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.1
    return random.normal(0, spread, shape).astype(np.float32)


def model_of(body, names, weights, opset, sizes, producer=""):
    """Nodes in onnx.parser's language, and their names in the file."""
    text = f'<ir_version: 7, opset_import: ["": {opset}]> g (float{sizes} x) => (float[N, M] y) {{ {body} }}'
    model = parser.parse_model(text)
    model.producer_name = producer
    for name, values in weights.items():
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    assert len(names) == len(model.graph.node)
    for node, name in zip(model.graph.node, names):
        node.name = name
    model.graph.output[0].CopyFrom(helper.make_empty_tensor_value_info(model.graph.node[-1].output[0]))
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def vgg():
    """As PyTorch's older exporter names the convolutions of a VGG."""
    body, names, weights, given = "", [], {}, "x"
    inside, place = 3, 0
    for outside, pool in ((6, False), (6, True), (8, False), (8, True)):
        weights[f"features.{place}.weight"] = drawn(outside, inside, 3, 3)
        weights[f"features.{place}.bias"] = drawn(outside)
        body += f"c{place} = Conv<pads=[1,1,1,1]>({given}, \"features.{place}.weight\", \"features.{place}.bias\")\n"
        body += f"r{place} = Relu(c{place})\n"
        names += [f"/features/features.{place}/Conv", f"/features/features.{place + 1}/Relu"]
        given, inside, place = f"r{place}", outside, place + 2
        if pool:
            body += f"p{place} = MaxPool<kernel_shape=[2,2], strides=[2,2]>({given})\n"
            names.append(f"/features/features.{place}/MaxPool")
            given, place = f"p{place}", place + 1
    body += f'f = Flatten({given}) y = Gemm<transB=1>(f, "classifier.0.weight", "classifier.0.bias")'
    names += ["/Flatten", "/classifier/classifier.0/Gemm"]
    weights["classifier.0.weight"] = drawn(5, 8 * 36)
    weights["classifier.0.bias"] = drawn(5)
    for name in weights:
        body = body.replace(f'"{name}"', name.replace(".", "_"))
    model = model_of(body, names, {name.replace(".", "_"): values for name, values in weights.items()}, 17,
                     f"[N, 3, {SIDE}, {SIDE}]", "pytorch")
    for tensor in model.graph.initializer:
        tensor.name = tensor.name.replace("_", ".")
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            if name.replace("_", ".") in weights:
                node.input[i] = name.replace("_", ".")
    return model


def matlab():
    """As exportONNXNetwork writes a network: layers' names, the mean of imageInputLayer as a node of its own."""
    body = """
        s = Sub(x, imageinput_Mean)
        a = Conv<group=1, dilations=[1,1], kernel_shape=[3,3], pads=[1,1,1,1], strides=[1,1]>(s, conv_1_W, conv_1_B)
        b = BatchNormalization<epsilon=0.00001>(a, bn_scale, bn_B, bn_mean, bn_var)
        c = Relu(b)
        d = MaxPool<kernel_shape=[2,2], pads=[0,0,0,0], strides=[2,2]>(c)
        e = Conv<group=1, dilations=[1,1], kernel_shape=[3,3], pads=[1,1,1,1], strides=[1,1]>(d, conv_2_W, conv_2_B)
        f = Relu(e)
        g = Add(f, d)
        h = GlobalAveragePool(g)
        i = Flatten<axis=1>(h)
        j = MatMul(i, fc_MatMul_W)
        k = Add(j, fc_Add_B)
        y = Softmax<axis=1>(k)"""
    names = ["imageinput_Sub", "conv_1", "batchnorm_1", "relu_1", "maxpool", "conv_2", "relu_2", "addition", "gapool",
             "fc_Flatten", "fc_MatMul", "fc_Add", "softmax"]
    weights = dict(imageinput_Mean=drawn(1, 3, SIDE, SIDE), conv_1_W=drawn(6, 3, 3, 3), conv_1_B=drawn(6),
                   bn_scale=1 + drawn(6), bn_B=drawn(6), bn_mean=drawn(6), bn_var=1 + drawn(6) ** 2,
                   conv_2_W=drawn(6, 6, 3, 3), conv_2_B=drawn(6), fc_MatMul_W=drawn(6, 5), fc_Add_B=drawn(5))
    return model_of(body, names, weights, 9, f"[1, 3, {SIDE}, {SIDE}]",
                    "MATLAB Deep Learning Toolbox Converter for ONNX Model Format")


def yolo():
    """As YOLOv8 makes its anchors, where height and width are free: counted in real numbers up to a side of the map."""
    body = """
        c = Conv<pads=[1,1,1,1], strides=[2,2]>(x, w, b) r = Relu(c)
        shape = Shape(r) side = Gather<axis=0>(shape, three) real = Cast<to=1>(side) places = Range(zero, real, one)
        moved = Add(places, half) a = Mul(r, moved) g = GlobalAveragePool(a) f = Flatten(g) y = MatMul(f, m)"""
    names = ["/model.0/conv/Conv", "/model.0/act/Relu", "/model.1/Shape", "/model.1/Gather", "/model.1/Cast", "/model.1/Range",
             "/model.1/Add", "/model.1/Mul", "/pool/GlobalAveragePool", "/pool/Flatten", "/fc/MatMul"]
    weights = dict(w=drawn(6, 3, 3, 3), b=drawn(6), three=np.int64(3), zero=np.float32(0), one=np.float32(1),
                   half=np.float32(0.5), m=drawn(6, 5))
    return model_of(body, names, weights, 17, "[N, 3, H, W]", "pytorch")


def keras_layers(keras, top):
    """Batch norms, a residual addition, depthwise convolutions; without a head it ends in channels last."""
    layers = keras.layers
    images = keras.Input((SIDE, SIDE, 3), name="images")
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem_conv")(images)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = stem = layers.ReLU(6.0, name="stem_relu")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="block1_depthwise")(x)
    x = layers.Conv2D(6, 1, name="block1_project")(x)
    x = layers.Add(name="block1_add")([x, stem])
    x = first = layers.ReLU(name="block1_relu")(x)
    x = layers.Conv2D(6, 3, padding="same", name="block2_conv")(x)
    x = layers.Add(name="block2_add")([x, first])
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="last_conv")(x)
    if top:
        x = layers.GlobalAveragePooling2D(name="pool")(x)
        x = layers.Dense(5, name="predictions")(x)
    model = keras.Model(images, x, name="small")
    for weight in model.weights:
        positive = "variance" in weight.name or "gamma" in weight.name
        weight.assign(abs(1 + drawn(*weight.shape)) if positive else drawn(*weight.shape[::-1]).T)
    return model


def keras_model(top, by_keras):
    import keras
    import tensorflow as tf
    import tf2onnx
    keras.utils.clear_session()
    network = keras_layers(keras, top)
    network(np.zeros((1, SIDE, SIDE, 3), np.float32))
    with tempfile.TemporaryDirectory() as folder:
        file = folder + "/network.onnx"
        if by_keras:
            network.export(file, format="onnx", verbose=False)
        else:
            taken = (tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32, name="images"),)
            tf2onnx.convert.from_function(tf.function(lambda x: network(x, training=False), input_signature=taken),
                                          input_signature=taken, opset=13, output_path=file)
        return onnx.load(file)


def quantised():
    """Means that lie half way between two steps, whatever the images show: how they are rounded depends on the order in
    which a program adds."""
    scale = np.float32(0.1)
    weights = np.zeros((64, 3, 1, 1), np.float32)
    weights[:, 0, 0, 0] = (np.arange(64) + 37.5) * scale.astype(np.float64)
    body = """
        s = Sign(x) a = Abs(s) c = Conv(a, w) p = GlobalAveragePool(c)
        q = QuantizeLinear(p, scale, zero) d = DequantizeLinear(q, scale, zero) e = Relu(d)
        f = Flatten(e) y = MatMul(f, m)"""
    names = ["/ones/Sign", "/ones/Abs", "/block/conv/Conv", "/block/GlobalAveragePool", "/block/QuantizeLinear",
             "/block/DequantizeLinear", "/block/relu/Relu", "/fc/Flatten", "/fc/MatMul"]
    return model_of(body, names, dict(w=weights, scale=scale, zero=np.uint8(0), m=drawn(64, 5)), 13,
                    f"[N, 3, {SIDE}, {SIDE}]")


def run(model, images, every=False):
    """The output, or all tensors by name."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    weights = {tensor.name for tensor in model.graph.initializer}
    given, = [one for one in model.graph.input if one.name not in weights]
    sizes = [dim.dim_value for dim in given.type.tensor_type.shape.dim]
    images = np.ascontiguousarray(images.transpose(0, 2, 3, 1)) if sizes[3] == 3 else images
    if every:
        known = {one.name for one in model.graph.output}
        model.graph.output.extend(helper.ValueInfoProto(name=name) for node in model.graph.node for name in node.output
                                  if name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    parts = [session.run(None, {given.name: batch}) for batch in (np.split(images, 2) if sizes[0] == 1 else [images])]
    return dict(zip([one.name for one in session.get_outputs()], [np.concatenate(one) if len(one) > 1 else one[0] for one in zip(*parts)]))


def packed(numbers):
    return base64.b64encode(np.ascontiguousarray(numbers, np.float32).tobytes()).decode()


def entry(model, blocks, layers, channels_last=False, maps_last=()):
    """@param layers by name a part of the name of the node that makes it, or of its weight. @param maps_last layers whose
    channels are last, "" for the output."""
    tensors = run(model, noise(), every=True)
    output = run(model, noise())[model.graph.output[0].name]

    def pooled(name, tensor):
        return packed(tensor if tensor.ndim == 2 else tensor.mean((1, 2) if name in maps_last else (2, 3)))

    def made(part):
        return next(node.output[0] for node in model.graph.node if any(part in one for one in (node.name, *node.input[1:])))

    return {"model": base64.b64encode(model.SerializeToString()).decode(), "channels_last": channels_last,
            "blocks": blocks, "output": packed(output), "pooled_output": pooled("", output),
            "layers": {name: pooled(name, tensors[made(part)]) for name, part in layers.items()}}


def keras_entry(by_keras):
    layers = {"stem_conv_1": "stem_conv_1", "stem_relu_1": "stem_relu_1/Relu6", "block1_depthwise_1": "block1_depthwise_1",
              "block1_project_1": "block1_project_1", "block1_add_1": "block1_add_1/Add", "block2_add_1": "block2_add_1/Add",
              "last_conv_1": "last_conv_1/Relu", "predictions_1": "small_1/predictions_1/BiasAdd"}
    return entry(keras_model(True, by_keras), ["block1_add_1", "block2_add_1", "last_conv_1"], layers, channels_last=True)


if __name__ == "__main__":
    features = [f"features.{i}" for i in (1, 3, 6, 8)]
    made = {
        "vgg": entry(vgg(), features, {name: name + "/" for name in (*features, "features.9", "classifier.0")}),
        "matlab": entry(matlab(), ["addition"], {name: name for name in (
            "imageinput_Sub", "conv_1", "batchnorm_1", "relu_1", "maxpool", "conv_2", "addition", "fc_Add")}),
        "yolo": entry(yolo(), ["model.0", "model.1"], {"model.0.act": "/model.0/act", "model.1": "/model.1/Mul"}),
        "tf2onnx": keras_entry(False),
        "keras": keras_entry(True),
        "keras_maps": entry(keras_model(False, True), ["block1_add_1", "block2_add_1"],
                            {"block1_add_1": "block1_add_1/Add"}, channels_last=True, maps_last=("",)),
    }
    onnx.save(quantised(), sys.argv[1] + "/quantised.onnx")
    with open(sys.argv[1] + "/makers.json", "w", encoding="utf-8") as file:
        json.dump(made, file, indent=0)
