#!/usr/bin/env python3
"""ONNX files, and what ONNX Runtime or PyTorch says of them, for onnx_test. Made with onnx 1.23, onnxruntime 1.32,
torch 2.15 and onnxscript 0.7.

    make_onnx.py FOLDER [--networks]       writes those of tests/support/onnx, or only the networks
    make_onnx.py --backend FOLDER          the tests of operators that the package onnx has, for SCALESCOPE_ONNX_NODES
    make_onnx.py --zoo FOLDER LIB:NAME:SIDE:EXPORTER-OPSET[-fixed]...
                                           networks of torchvision (tv) or timm, for SCALESCOPE_ONNX
    make_onnx.py --runtime FILE.onnx...    what ONNX Runtime makes of files of any exporter, for SCALESCOPE_ONNX_RUNTIME
"""
import base64
import contextlib
import io
import json
import logging
import os
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper, parser

from make_exported import Block, noise, numbers

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
nn = torch.nn
SIDE = 6
random = np.random.default_rng(1)


def rand(*shape):
    return random.uniform(0.1, 1, shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def floats(*values):
    return np.array(values, np.float32)


def model_of(opset, body, functions="", **tensors):
    """A network of one input x, N x 3 x 6 x 6, and one output y. Its operators are in ONNX's own text."""
    text = f'<ir_version: 8, opset_import: ["": {opset}]> g (float[N,3,{SIDE},{SIDE}] x) => (float[N] y) {{ {body} }}'
    model = parser.parse_model(text + functions)
    for name, value in tensors.items():
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    for i, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type.lower()}_{i}"
    del model.graph.output[0].type.tensor_type.shape.dim[:]
    model.graph.output[0].type.tensor_type.ClearField("shape")
    return model


def cases():
    w, b, c = rand(4, 3, 3, 3) - 0.5, rand(4), rand(3)
    yield "conv", model_of(17, "y = Conv<pads=[1,1,1,1]>(x, w, b)", w=w, b=b)
    yield "conv_dilated", model_of(11, "y = Conv<pads=[2,1,0,1], dilations=[2,1], strides=[1,2]>(x, w)", w=w)
    yield "conv_groups", model_of(17, "y = Conv<group=3>(x, w)", w=rand(6, 1, 2, 2))
    for by in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        yield f"conv_{by}", model_of(17, f'y = Conv<auto_pad="{by}", strides=[2,2]>(x, w)', w=w)
        yield f"max_pool_{by}", model_of(17, f'y = MaxPool<auto_pad="{by}", kernel_shape=[3,2], strides=[2,2]>(x)')
        yield f"average_pool_{by}", model_of(17, f'y = AveragePool<auto_pad="{by}", kernel_shape=[3,2]>(x)')
    yield "conv_same_any_size", dynamic(model_of(17, 'y = Conv<auto_pad="SAME_UPPER", strides=[2,2]>(x, w)', w=w))
    yield "conv_transpose", model_of(17, "y = ConvTranspose<strides=[2,2], pads=[1,1,1,1], output_padding=[1,1]>(x, w)",
                                     w=rand(3, 2, 3, 3))
    yield "conv_transpose_sides", model_of(17, "y = ConvTranspose<strides=[2,2], pads=[0,1,1,0]>(x, w)", w=rand(3, 2, 3, 3))
    yield "conv_transpose_same", model_of(17, 'y = ConvTranspose<strides=[2,2], auto_pad="SAME_LOWER", group=3>(x, w)',
                                          w=rand(3, 2, 3, 3))
    norm = dict(s=c, b=rand(3), m=rand(3), v=rand(3))
    for opset in (7, 15):
        yield f"batch_norm_{opset}", model_of(opset, "y = BatchNormalization<epsilon=0.01>(x, s, b, m, v)", **norm)
    yield "batch_norm_split", model_of(17, "a = Sub(x, m) p = Mul(a, s) y = Add(p, b)",
                                       **{k: v.reshape(1, 3, 1, 1) for k, v in norm.items() if k != "v"})
    yield "instance_norm", model_of(17, "y = InstanceNormalization(x, s, b)", s=c, b=rand(3))
    yield "layer_norm", model_of(17, "y = LayerNormalization<epsilon=0.001>(x, s, b)", s=rand(6), b=rand(6))
    yield "layer_norm_two", model_of(17, "y = LayerNormalization<axis=2>(x, s)", s=rand(6, 6))
    yield "group_norm_18", model_of(18, "y = GroupNormalization<num_groups=3>(x, s, b)", s=c, b=rand(3))
    yield "group_norm_21", model_of(21, "y = GroupNormalization<num_groups=1>(x, s, b)", s=c, b=rand(3))
    yield "rms_norm", model_of(23, "y = RMSNormalization(x, s)", s=rand(6))
    yield "lrn", model_of(17, "y = LRN<size=3, alpha=0.5, beta=0.6, bias=1.5>(x)")
    yield "lp_norm", model_of(17, "y = LpNormalization<axis=1, p=2>(x)")
    for name in ("Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Abs", "Neg", "Softplus", "Softsign", "HardSwish", "Elu",
                 "Selu", "Celu", "LeakyRelu", "HardSigmoid", "ThresholdedRelu", "Floor", "Ceil", "Sign", "Reciprocal",
                 "GlobalAveragePool", "GlobalMaxPool", "LogSoftmax", "Softmax", "Identity", "Dropout", "Flatten",
                 "Mish", "Cos", "Sin"):
        yield name.lower(), model_of(18, f"y = {name}(x)")
    yield "softmax_11", model_of(11, "y = Softmax<axis=1>(x)")
    yield "softmax_11_last", model_of(11, "y = Softmax<axis=-1>(x)")
    yield "log_softmax_7", model_of(7, "y = LogSoftmax<axis=2>(x)")
    yield "gelu", model_of(20, "y = Gelu(x)")
    yield "gelu_tanh", model_of(20, 'y = Gelu<approximate="tanh">(x)')
    yield "gelu_of_erf", model_of(17, "d = Div(x, r) e = Erf(d) s = Add(e, o) m = Mul(x, s) y = Mul(m, h)",
                                  r=np.float32(2**0.5), o=np.float32(1), h=np.float32(0.5))
    yield "gelu_like", model_of(17, "d = Div(x, r) e = Erf(d) s = Add(e, o) m = Mul(x, s) y = Mul(m, h)",
                                r=np.float32(1.3), o=np.float32(1), h=np.float32(0.5))
    yield "silu", model_of(17, "s = Sigmoid(x) y = Mul(x, s)")
    yield "hard_sigmoid_six", model_of(17, "y = HardSigmoid<alpha=0.16666667, beta=0.5>(x)")
    yield "clip_6", model_of(7, "y = Clip<min=-0.2, max=0.4>(x)")
    yield "clip_13", model_of(13, "y = Clip(x, l, h)", l=np.float32(0), h=np.float32(0.5))
    yield "clip_low", model_of(13, "y = Clip(x, l)", l=np.float32(0.1))
    yield "clip_high", model_of(13, "y = Clip(x, , h)", h=np.float32(0.1))
    yield "prelu", model_of(17, "y = PRelu(x, s)", s=rand(3, 1, 1))
    yield "prelu_map", model_of(17, "y = PRelu(x, s)", s=rand(3, 6, 6))
    yield "sqrt_log", model_of(17, "a = Abs(x) s = Sqrt(a) o = Add(s, one) y = Log(o)", one=floats(1))
    yield "pow", model_of(17, "a = Abs(x) y = Pow(a, p)", p=np.float32(1.7))
    yield "number_first", model_of(17, "a = Sub(one, x) b = Abs(a) c = Add(b, one) y = Div(one, c)", one=np.float32(1))
    yield "sum_mean_min_max", model_of(17, "a = Sum(x, c, x) b = Mean(x, a, c) d = Min(a, b, x) y = Max(d, x)",
                                       c=rand(3, 1, 1))
    yield "compare_where", model_of(17, "g = Greater(x, z) l = LessOrEqual(x, h) n = And(g, l) o = Not(n) "
                                        "y = Where(o, x, c)", z=np.float32(-0.3), h=np.float32(0.4), c=rand(3, 1, 1))
    yield "mod", model_of(17, "y = Mod<fmod=1>(x, d)", d=np.float32(0.3))
    yield "max_pool_ceil", model_of(12, "y = MaxPool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1, dilations=[1,1]>(x)")
    yield "max_pool_pads", model_of(12, "y = MaxPool<kernel_shape=[3,3], pads=[0,1,1,2], strides=[1,2]>(x)")
    yield "max_pool_dilated", model_of(12, "y = MaxPool<kernel_shape=[2,2], dilations=[2,3]>(x)")
    for counts in (0, 1):
        for pads in ("1,1,1,1", "0,1,1,2"):
            yield f"average_pool_{counts}_{pads[0]}", model_of(
                17, f"y = AveragePool<kernel_shape=[3,3], pads=[{pads}], count_include_pad={counts}, strides=[2,1]>(x)")
    yield "lp_pool", model_of(17, "y = LpPool<kernel_shape=[2,2], p=2, strides=[2,2]>(x)")
    yield "matmul", model_of(17, "y = MatMul(x, w)", w=rand(6, 5))
    yield "matmul_left", model_of(17, "y = MatMul(w, x)", w=rand(5, 6))
    yield "matmul_two", model_of(17, "t = Transpose<perm=[0,1,3,2]>(x) y = MatMul(x, t)")
    for turn in (0, 1):
        yield f"gemm_{turn}", model_of(17, f"f = Flatten(x) y = Gemm<transB={turn}>(f, w, b)",
                                       w=rand(4, 108) if turn else rand(108, 4), b=b)
    yield "gemm_scaled", model_of(17, "f = Flatten(x) y = Gemm<alpha=0.5, beta=2.0, transB=1>(f, w, b)", w=rand(4, 108), b=b)
    yield "einsum", model_of(17, 'y = Einsum<equation="nchw,dc->ndhw">(x, w)', w=rand(4, 3))
    yield "attention", model_of(23, "y = Attention(x, x, x)")
    yield "attention_heads", model_of(23, "s = Reshape(x, r) y = Attention<q_num_heads=2, kv_num_heads=2>(s, s, s, m)",
                                      r=ints(0, 18, 6), m=rand(18, 18))
    yield "reshape", model_of(17, "y = Reshape(x, r)", r=ints(0, -1, 3))
    yield "reshape_by_shape", model_of(17, "s = Shape(x) n = Gather<axis=0>(s, zero) u = Unsqueeze(n, zeros) "
                                           "c = Concat<axis=0>(u, m) y = Reshape(x, c)",
                                       zero=np.int64(0), zeros=ints(0), m=ints(-1))
    yield "reshape_11", model_of(11, "s = Shape(x) n = Slice(s, zero, one) c = Concat<axis=0>(n, m) y = Reshape(x, c)",
                                 zero=ints(0), one=ints(1), m=ints(3, -1))
    yield "flatten_2", model_of(17, "a = Flatten<axis=2>(x) r = Reshape(a, s) y = Flatten<axis=-1>(r)", s=ints(-1, 3, 6, 6))
    yield "squeeze", model_of(17, "g = GlobalAveragePool(x) y = Squeeze(g, a)", a=ints(2, 3))
    yield "squeeze_11", model_of(11, "g = GlobalAveragePool(x) s = Squeeze<axes=[2,3]>(g) y = Unsqueeze<axes=[1,3]>(s)")
    yield "transpose", model_of(17, "y = Transpose<perm=[0,2,3,1]>(x)")
    yield "concat_split", model_of(17, "a, b = Split<axis=1>(x, p) y = Concat<axis=-3>(b, a, x)", p=ints(1, 2))
    yield "split_18", model_of(18, "a, b = Split<axis=3, num_outputs=2>(x) y = Sub(a, b)")
    yield "split_11", model_of(11, "a, b, c = Split<axis=1>(x) y = Concat<axis=1>(c, a)")
    yield "slice", model_of(17, "y = Slice(x, s, e, a, p)", s=ints(1, -5), e=ints(100, -1), a=ints(2, 3), p=ints(2, 1))
    yield "slice_9", model_of(9, "y = Slice<axes=[1,3], starts=[1,0], ends=[3,-1]>(x)")
    yield "slice_back", model_of(17, "y = Slice(x, s, e, a, p)", s=ints(-1), e=ints(-1000), a=ints(1), p=ints(-1))
    yield "gather", model_of(17, "y = Gather<axis=1>(x, i)", i=ints(2, -3))
    yield "gather_one", model_of(17, "y = Gather<axis=1>(x, i)", i=np.int64(-1))
    yield "gather_two", model_of(17, "y = Gather<axis=3>(x, i)", i=np.array([[0, 1], [5, 2]]))
    yield "expand_tile", model_of(17, "g = GlobalMaxPool(x) e = Expand(g, s) y = Tile(e, t)", s=ints(1, 1, 2, 3),
                                  t=ints(1, 2, 1, 2))
    yield "expand_by_shape", model_of(17, "s = Shape(x) g = GlobalMaxPool(x) y = Expand(g, s)")
    yield "pad", model_of(17, "y = Pad(x, p, v)", p=ints(0, 0, 1, 2, 0, 1, 0, 3), v=np.float32(0.7))
    yield "pad_2", model_of(7, 'y = Pad<mode="reflect", pads=[0,0,1,2,0,0,2,1]>(x)')
    yield "pad_edge", model_of(18, 'y = Pad<mode="edge">(x, p, , a)', p=ints(1, 2, 0, 1), a=ints(2, -1))
    for mode, how in (("nearest", "asymmetric"), ("linear", "half_pixel"), ("linear", "align_corners"),
                      ("linear", "pytorch_half_pixel"), ("cubic", "half_pixel"), ("cubic", "align_corners")):
        rounding = ', nearest_mode="floor"' if mode == "nearest" else ""
        by = f'mode="{mode}", coordinate_transformation_mode="{how}"{rounding}'
        yield f"resize_{mode}_{how}", model_of(13, f"y = Resize<{by}>(x, , s)", s=floats(1, 1, 1.5, 2 if "corners" in how else 2.2))
        yield f"resize_to_{mode}_{how}", model_of(13, f"y = Resize<{by}>(x, , , s)", s=ints(2, 3, 4, 9))
    yield "resize_blocks", model_of(13, "y = Resize(x, , s)", s=floats(1, 1, 2, 3))
    yield "resize_exact", model_of(13, 'y = Resize<nearest_mode="round_prefer_ceil">(x, , , s)', s=ints(2, 3, 4, 7))
    yield "resize_axes", model_of(18, 'y = Resize<axes=[2,3], mode="linear">(x, , s)', s=floats(2, 2))
    yield "resize_10", model_of(10, "y = Resize(x, s)", s=floats(1, 1, 2, 2))
    yield "upsample_7", model_of(7, "y = Upsample<scales=[1.0,1.0,2.0,2.0]>(x)")
    yield "upsample_9", model_of(9, "y = Upsample(x, s)", s=floats(1, 1, 2, 3))
    yield "depth_to_space", model_of(17, "c = Concat<axis=1>(x, x, x, x) y = DepthToSpace<blocksize=2>(c)")
    yield "depth_to_space_crd", model_of(17, 'c = Concat<axis=1>(x, x, x, x) y = DepthToSpace<blocksize=2, mode="CRD">(c)')
    yield "space_to_depth", model_of(17, "y = SpaceToDepth<blocksize=2>(x)")
    yield "shape_size", model_of(17, "s = Shape(x) h = Gather<axis=0>(s, three) f = Cast<to=1>(h) r = Sqrt(f) "
                                     "y = Div(x, r)", three=np.int64(3))
    yield "range", dynamic(model_of(17, "s = Shape<start=2,end=3>(x) h = Squeeze(s) r = Range(zero, h, one) "
                                        "f = Cast<to=1>(r) y = Add(x, f)", zero=np.int64(0), one=np.int64(1)))
    yield "constant_of_shape", model_of(17, "s = Shape(x) z = ConstantOfShape<value=float[1] {0.25}>(s) y = Add(x, z)")
    yield "where_of_shape", model_of(17, "g = GlobalMaxPool(x) s = Shape(l) o = ConstantOfShape<value=int64[1] {1}>(s) "
                                         "m = Mul(o, minus) e = Equal(l, m) t = Where(e, o, l) y = Expand(g, t)",
                                     l=ints(-1, 3, 2, 2), minus=ints(-1))
    for name in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceL1", "ReduceSumSquare", "ReduceLogSumExp"):
        yield name.lower(), model_of(18, f"y = {name}<keepdims=0>(x, a)", a=ints(-1, 2))
        yield name.lower() + "_13", model_of(13, f"y = {name}<axes=[1,-1]>(x)")
    yield "reducesum", model_of(13, "y = ReduceSum(x, a)", a=ints(1))
    yield "reducesum_11", model_of(11, "y = ReduceSum<axes=[2,3], keepdims=0>(x)")
    yield "reduceprod", model_of(18, "y = ReduceProd(x, a)", a=ints(3))
    yield "argmax", model_of(13, "a = ArgMax<axis=1>(x) f = Cast<to=1>(a) y = Mul(x, f)")
    yield "topk", model_of(17, "v, i = TopK<axis=1>(x, k) f = Cast<to=1>(i) y = Add(v, f)", k=ints(2))
    yield "cumsum", model_of(17, "y = CumSum(x, a)", a=np.int64(1))
    yield "trilu", model_of(17, "y = Trilu<upper=0>(x)")
    yield "gather_elements", model_of(17, "y = GatherElements<axis=0>(x, i)", i=np.zeros((2, 3, 6, 6), np.int64))
    yield "double", model_of(17, "d = Cast<to=11>(x) p = Mul(d, s) y = Cast<to=1>(p)", s=np.float64(1.5))
    yield "branch", model_of(17, "y = If<then_branch = t () => (float[N] a) { a = Relu(x) }, "
                                 "else_branch = e () => (float[N] b) { b = Neg(x) }>(c)", c=np.array(True))
    yield "function", model_of(
        17, "y = own.twice<slope=0.3>(x)",
        '<opset_import: ["": 17], domain: "own"> twice <slope> (a) => (c) '
        "{ b = LeakyRelu<alpha: float = @slope>(a) c = Add(b, b) }")

    # Rounded to 8 bits and back, as ONNX Runtime's quantisation writes it.
    steps = dict(s=np.float32(0.02), z=np.uint8(120))
    yield "quantised", model_of(17, "q = QuantizeLinear(x, s, z) y = DequantizeLinear(q, s, z)", **steps)
    yield "quantised_signed", model_of(17, "q = QuantizeLinear(x, s, z) m = MaxPool<kernel_shape=[2,2]>(q) "
                                           "y = DequantizeLinear(m, s, z)", s=np.float32(0.005), z=np.int8(-3))
    yield "quantised_weights", model_of(
        17, "q = QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z) v = DequantizeLinear<axis=0>(w, t, o) "
            "c = DequantizeLinear(b, u) y = Conv(d, v, c)", **steps, w=random.integers(-127, 128, (4, 3, 3, 3), np.int8),
        t=rand(4) / 100, o=np.zeros(4, np.int8), b=random.integers(-999, 999, 4, np.int32), u=np.float32(0.001))
    # As PyTorch's older exporter writes paddings, and masks that are filled step by step.
    yield "pads_of_shape", model_of(
        17, "s = Shape<start=2, end=4>(x) d = Sub(s, five) n = ConstantOfShape<value=int64[1] {0}>(four) "
            "p = Concat<axis=0>(d, two, n) r = Reshape(p, rows) f = Slice(r, last, far, zero, last) "
            "t = Transpose<perm=[1,0]>(f) l = Reshape(t, last) y = Pad(x, l)",
        five=ints(5), two=ints(2, 0), four=ints(4), rows=ints(-1, 2), last=ints(-1), far=ints(-2**63 + 1), zero=ints(0))
    yield "scatter_nd", model_of(17, "n = ConstantOfShape<value=float[1] {0}>(shape) m = ScatterND(n, i, u) y = Add(x, m)",
                                 shape=ints(6, 6), i=np.array([[0, 1], [2, 3]], np.int64), u=rand(2))
    yield "scatter_nd_of_images", model_of(17, "y = ScatterND(x, i, u)", i=np.array([[0, 1], [1, 2]], np.int64),
                                           u=rand(2, 6, 6))
    yield "scatter_elements", model_of(18, "y = ScatterElements<axis=1>(x, i, u)", i=np.array([[[[2]]]], np.int64),
                                       u=rand(1, 1, 1, 1))
    yield "grid_sample", model_of(16, 'y = GridSample<padding_mode="border">(x, g)', g=2.4 * rand(2, 4, 5, 2) - 1.2)
    yield "grid_sample_20", model_of(20, 'y = GridSample<mode="nearest", align_corners=1>(x, g)',
                                     g=2.4 * rand(2, 4, 5, 2) - 1.2)
    yield "resize_linear_of_pytorch", model_of(
        13, 'y = Resize<mode="linear", cubic_coeff_a=-0.75, nearest_mode="floor">(x, , , s)', s=ints(2, 3, 9, 7))
    yield "float_of_size", dynamic(model_of(17, "s = Shape(x) h = Gather(s, two) f = Cast<to=1>(h) d = Div(f, three) "
                                                "o = Floor(d) y = Mul(x, o)", two=np.int64(2), three=np.float32(4)))
    model = model_of(18, "a = Conv(x, v) r = Relu(a) b = Conv(r, w) y = Relu(b)", v=rand(4, 3, 3, 3), w=rand(5, 4, 2, 2))
    rename(model, v="conv.0.weight", w="conv.2.weight")
    yield "joined_end", scoped(model, "conv.0", "conv.1", "bn", "act")  # conv.2 is in bn
    yield from composed_cases()
    yield from openvino_cases()



def composed_cases():
    """Operators that are read as several: on whole numbers, and as ONNX Runtime's optimisers join them."""
    s, z, t, u = np.float32(0.02), np.uint8(120), np.float32(0.0317), np.uint8(100)
    begin = "q = QuantizeLinear(x, s, z) "
    end = " y = DequantizeLinear(r, t, u)"
    w = dict(w=random.integers(-127, 128, (4, 3, 3, 3), np.int8), ws=rand(4) / 100, wz=np.zeros(4, np.int8))
    steps = dict(s=s, z=z, t=t, u=u)
    yield "qlinear_conv", model_of(17, begin + "r = QLinearConv<pads=[1,1,1,1]>(q, s, z, w, ws, wz, t, u)" + end, **steps, **w)
    yield "qlinear_conv_bias", model_of(17, begin + "r = QLinearConv(q, s, z, w, ws, wz, t, u, b)" + end, **steps, **w,
                                        b=random.integers(-999, 999, 4, np.int32))
    m = dict(w=random.integers(0, 255, (6, 5), np.uint8), ws=np.float32(0.01), wz=np.uint8(128))
    yield "qlinear_matmul", model_of(17, begin + "r = QLinearMatMul(q, s, z, w, ws, wz, t, u)" + end, **steps, **m)
    for name in ("Add", "Mul"):
        yield f"qlinear_{name.lower()}", model_of(
            17, begin + f"r = com.microsoft.QLinear{name}(q, s, z, q, s, z, t, u)" + end, **steps)
    for name in ("GlobalAveragePool", "LeakyRelu", "Sigmoid"):
        yield f"qlinear_{name.lower()}", model_of(
            17, begin + f"r = com.microsoft.QLinear{name}(q, s, z, t, u)" + end,
            **{**steps, **(dict(t=np.float32(1 / 256), u=np.uint8(0)) if name == "Sigmoid" else {})})
    yield "qlinear_average_pool", model_of(
        17, begin + "r = com.microsoft.QLinearAveragePool<kernel_shape=[2,2]>(q, s, z, t, u)" + end, **steps)
    yield "qlinear_concat", model_of(17, begin + "r = com.microsoft.QLinearConcat<axis=1>(t, u, q, s, z, q, s, z)" + end,
                                     **steps)
    g = dict(w=random.integers(-127, 128, (5, 108), np.int8), ws=rand(5) / 100, wz=np.zeros(5, np.int8),
             b=random.integers(-999, 999, 5, np.int32))
    flat = begin + "f = Flatten(q) "
    yield "qgemm", model_of(17, flat + "r = com.microsoft.QGemm<transB=1>(f, s, z, w, ws, wz, b, t, u)" + end, **steps, **g)
    yield "qgemm_float", model_of(17, flat + "y = com.microsoft.QGemm<transB=1>(f, s, z, w, ws, wz, b)", s=s, z=z, **g)
    dynamically = "q, p, o = DynamicQuantizeLinear(x) "
    yield "conv_integer", model_of(17, dynamically + "c = ConvInteger<strides=[2,2]>(q, w, o) f = Cast<to=1>(c) "
                                                     "k = Mul(p, k0) y = Mul(f, k)", w=w["w"], k0=np.float32(0.01))
    yield "matmul_integer", model_of(17, dynamically + "c = MatMulInteger(q, w, o, wz) f = Cast<to=1>(c) y = Mul(f, p)",
                                     w=m["w"], wz=m["wz"])
    weights = dict(w=rand(4, 3, 3, 3) - 0.5, b=rand(4))
    for name, more in (("Relu", ""), ("LeakyRelu", ", activation_params=[0.2]"), ("HardSigmoid", ", activation_params=[0.3, 0.4]"),
                       ("Clip", ", activation_params=[-0.1, 0.2]")):
        yield f"fused_conv_{name.lower()}", model_of(
            17, f'y = com.microsoft.FusedConv<activation="{name}"{more}>(x, w, b)', **weights)
    yield "fused_conv_sum", model_of(17, 'y = com.microsoft.FusedConv<activation="Relu">(x, w, b, v)', **weights,
                                     v=rand(2, 4, 4, 4) - 0.5)
    yield "fused_gemm", model_of(17, 'f = Flatten(x) y = com.microsoft.FusedGemm<activation="Relu", transB=1>(f, w, b)',
                                 w=rand(5, 108) - 0.5, b=rand(5))
    yield "fused_gemm_leaky", model_of(
        17, 'f = Flatten(x) y = com.microsoft.FusedGemm<activation="LeakyRelu", activation_alpha=0.3, transB=1>(f, w, b)',
        w=rand(5, 108) - 0.5, b=rand(5))
    yield "dynamic_of_nothing", model_of(17, "n = Relu(x) m = Neg(n) k = Relu(m) q, p, o = DynamicQuantizeLinear(k) "
                                             "f = Cast<to=1>(q) y = Add(f, p)")
    yield "bias_gelu", model_of(17, "y = com.microsoft.BiasGelu(x, b)", b=rand(6))
    yield "fast_gelu", model_of(17, "y = com.microsoft.FastGelu(x, b)", b=rand(6))
    yield "gelu_of_runtime", model_of(17, "y = com.microsoft.Gelu(x)")
    yield "quick_gelu", model_of(17, "y = com.microsoft.QuickGelu<alpha=1.5>(x)")
    tokens = "t = Reshape(x, shape) "
    norm = dict(shape=ints(0, 18, 6), g=rand(6), b=rand(6), c=rand(6))
    yield "skip_layer_norm", model_of(
        17, tokens + "k = Neg(t) l = Relu(t) n, , , s = com.microsoft.SkipLayerNormalization<epsilon=0.01>(l, k, g, b, c) "
                     "y = Add(n, s)", **norm)


def rename(model, **names):
    for tensor in model.graph.initializer:
        tensor.name = names[tensor.name]
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = names.get(name, name)


def scoped(model, *scopes):
    """As PyTorch's present exporter tells of modules."""
    for node, path in zip(model.graph.node, scopes):
        parts = path.split(".")
        names = ["", *(".".join(parts[: i + 1]) for i in range(len(parts))), node.op_type]
        for key, values in (("name_scopes", names), ("class_hierarchy", ["torch.nn.Module"] * len(names))):
            node.metadata_props.add(key=f"pkg.torch.onnx.{key}", value=str(values))
    return model


def openvino_cases():
    """Operators that have no translation, which OpenVINO runs."""
    rows = "t = Transpose<perm=[2,0,1,3]>(x) s = Reshape(t, shape) "
    shape = dict(shape=ints(6, -1, 18))
    yield "openvino_lstm", model_of(17, rows + "y, h, c = LSTM<hidden_size=4, direction=\"bidirectional\">(s, W, R, B)",
                                    **shape, W=rand(2, 16, 18) - 0.5, R=rand(2, 16, 4) - 0.5, B=rand(2, 32) - 0.5)
    yield "openvino_lstm_last", model_of(17, rows + "a, h = LSTM<hidden_size=4>(s, W, R) q = Squeeze(h, z) y = MatMul(q, m)",
                                         **shape, W=rand(1, 16, 18) - 0.5, R=rand(1, 16, 4) - 0.5, z=ints(0), m=rand(4, 3))
    yield "openvino_gru", model_of(17, rows + "y = GRU<hidden_size=4, linear_before_reset=1>(s, W, R, B)", **shape,
                                   W=rand(1, 12, 18) - 0.5, R=rand(1, 12, 4) - 0.5, B=rand(1, 24) - 0.5)
    yield "openvino_rnn", model_of(17, rows + 'y = RNN<hidden_size=4, activations=["Relu"]>(s, W, R)', **shape,
                                   W=rand(1, 4, 18) - 0.5, R=rand(1, 4, 4) - 0.5)
    body = ("(int64 i, bool go, float[n,3,6,6] a) => (bool more, float[n,3,6,6] c) "
            "{ b = Conv<pads=[1,1,1,1]>(a, w) c = Tanh(b) more = Identity(go) }")
    yield "openvino_loop", model_of(17, "y = Loop<body = own " + body + ">(trip, , x)", trip=np.array(3, np.int64),
                                    w=rand(3, 3, 3, 3) - 0.5)
    yield "openvino_if", model_of(
        17, "m = ReduceMax<keepdims=0>(x) g = Greater(m, o) "
            "y = If<then_branch = own () => (float[N] a) { a = Relu(x) }, else_branch = own2 () => (float[N] b) { b = Neg(x) }>(g)",
        o=np.float32(0.1))
    yield "openvino_conv_1d", model_of(17, "r = Reshape(x, shape) y = Conv(r, w)", shape=ints(0, 3, 36), w=rand(4, 3, 5) - 0.5)
    yield "openvino_attention", model_of(
        17, "r = Reshape(x, shape) y = com.microsoft.Attention<num_heads=2>(r, w, b)", shape=ints(0, 18, 6),
        w=rand(6, 18) - 0.5, b=rand(18))
    yield "openvino_attention_mask", model_of(
        17, "r = Reshape(x, shape) y = com.microsoft.Attention<num_heads=2, unidirectional=1>(r, w, b, k)",
        shape=ints(0, 18, 6), w=rand(6, 18) - 0.5, b=rand(18), k=np.array([[1] * 12 + [0] * 6] * 2, np.int32))
    yield "openvino_attention_bias", model_of(
        17, "r = Reshape(x, shape) y = com.microsoft.Attention<num_heads=2>(r, w, b, , , k)", shape=ints(0, 18, 6),
        w=rand(6, 18) - 0.5, b=rand(18), k=rand(2, 2, 18, 18))
    yield "openvino_fused_matmul_b", model_of(17, "y = com.microsoft.FusedMatMul<transB=1>(x, w)", w=rand(5, 6))
    yield "openvino_fused_matmul", model_of(17, "y = com.microsoft.FusedMatMul<alpha=0.5, transA=1>(x, w)", w=rand(6, 5))


def dynamic(model):
    for i in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[i].dim_param = f"side{i}"
    return model


def runtime(model, images):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


def write_nodes(folder):
    images = noise(2, SIDE).numpy()
    made = {}
    for name, model in cases():
        if any(node.domain == "com.microsoft" for node in model.graph.node):
            model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        if name == "function":
            model.opset_import.append(helper.make_opsetid("own", 1))
        try:
            y = runtime(model, images)
        except Exception as error:  # an operator that ONNX Runtime has not is compared with onnx's own
            from onnx.reference import ReferenceEvaluator
            print(name, "by onnx itself:", str(error)[:80])
            y = ReferenceEvaluator(model).run(None, {"x": images})[0]
        made[name] = {"model": base64.b64encode(model.SerializeToString()).decode(), "shape": list(y.shape),
                      "values": packed(y)}
    with open(f"{folder}/nodes.json", "w") as file:
        json.dump(made, file, indent=0)
    print(len(made), "operators")


def write_backend(folder):
    """The first input becomes one that depends on an image, by adding nothing; all others become weights."""
    from onnx.backend.test.loader import load_model_tests  # noqa: F401
    from onnx.backend.test.case.node import collect_testcases
    os.makedirs(folder, exist_ok=True)
    made = {}
    for case in collect_testcases(None):
        model, data = case.model, case.data_sets
        if model is None or not data or not model.graph.input:
            continue
        inputs, outputs = data[0]
        graph = model.graph
        if not isinstance(inputs[0], np.ndarray) or inputs[0].dtype != np.float32 or inputs[0].size == 0:
            continue
        if not isinstance(outputs[0], np.ndarray) or outputs[0].dtype.kind not in "fiub":
            continue
        names = [one.name for one in graph.input]
        first = names[0]
        for name, value in zip(names, inputs):
            if name and name != first and isinstance(value, (np.ndarray, np.generic)):
                graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        graph.initializer.append(numpy_helper.from_array(inputs[0], first + "_0"))
        del graph.input[:]
        graph.input.append(helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 4, 4]))
        graph.initializer.append(numpy_helper.from_array(np.float32(0), "nought"))
        front = [helper.make_node("ReduceMax", ["images"], ["images_max"], keepdims=0, name="front_max"),
                 helper.make_node("Mul", ["images_max", "nought"], ["images_0"], name="front_mul"),
                 helper.make_node("Add", [first + "_0", "images_0"], [first], name="front_add")]
        nodes = front + list(graph.node)
        del graph.node[:]
        graph.node.extend(nodes)
        del graph.output[1:]
        with open(f"{folder}/{case.name}.onnx", "wb") as file:
            file.write(model.SerializeToString())
        made[case.name] = {"shape": list(outputs[0].shape), "values": packed(outputs[0])}
    with open(f"{folder}/backend.json", "w") as file:
        json.dump(made, file)
    print(len(made), "cases")


class Net(nn.Module):
    """A ResNet in small: its ReLU is called twice, and its blocks lie in a Sequential."""

    def __init__(self):
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, 8, 3, stride=2, bias=False), nn.BatchNorm2d(8)
        self.act = nn.SiLU()
        self.layers = nn.Sequential(Block(8), nn.Sequential(Block(8), Block(8)))
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.layers(self.act(self.bn(self.stem(x))))
        tokens = self.norm(x.flatten(2).transpose(1, 2))
        return self.fc(tokens.mean(1))


def export(model, file, images, exporter, opset, fixed, external=False):
    with contextlib.redirect_stdout(io.StringIO()):
        if exporter == "scripted":
            torch.onnx.export(model, (images,), file, dynamo=False, opset_version=opset, input_names=["images"],
                              dynamic_axes=None if fixed else {"images": {0: "batch"}})
        else:
            shapes = None if fixed else ({0: torch.export.Dim("batch", max=64)},)
            torch.onnx.export(model, (images,), file, dynamo=True, opset_version=opset, dynamic_shapes=shapes,
                              external_data=external)


def slim(file):
    """Leaves out what a file tells of the machine that wrote it."""
    model = onnx.load(file, load_external_data=False)
    for node in model.graph.node:
        kept = [one for one in node.metadata_props if "scopes" in one.key or "hierarchy" in one.key]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        node.doc_string = ""
    for value in list(model.graph.input) + list(model.graph.output) + list(model.graph.value_info) + list(
            model.graph.initializer):
        del value.metadata_props[:]
    del model.metadata_props[:], model.graph.metadata_props[:]
    onnx.save(model, file)


def shake(model):
    """Values that differ everywhere: exporters join equal tensors."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.01)
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
    return model.eval()


def poolings(tensor):
    """Where channels lie is not told: both ways."""
    if tensor.dim() == 4:
        return [tensor.mean((2, 3)), tensor.mean((1, 2))]
    return [tensor.mean(1), tensor.mean(2)] if tensor.dim() == 3 else [tensor]


def reference_of(model, images):
    seen, calls = {}, {}

    def hook(path):
        def note(_m, _i, output):
            calls[path] = calls.get(path, 0) + 1
            output = output[0] if isinstance(output, tuple) else output
            if isinstance(output, torch.Tensor) and output.shape[0] == len(images):
                seen[path] = [numbers(one) for one in poolings(output)]
        return note

    for path, module in model.named_modules():
        if path:
            module.register_forward_hook(hook(path))
    with torch.no_grad():
        output = model(images)
    return {"side": images.shape[2], "output": numbers(output),
            "pooled": {path: values for path, values in seen.items() if calls[path] == 1}}


def write_networks(folder):
    reference = {}
    images = noise(2, 24)
    for name, exporter, opset, fixed in (("dynamo", "dynamo", 18, False), ("scripted", "scripted", 17, False),
                                         ("scripted_11", "scripted", 11, False), ("fixed", "dynamo", 20, True)):
        torch.manual_seed(2)
        model = shake(Net())
        export(model, f"{folder}/{name}.onnx", images[:1] if fixed else images, exporter, opset, fixed)
        slim(f"{folder}/{name}.onnx")
        reference[name] = reference_of(model, images)
    torch.manual_seed(2)
    model = shake(Net())
    export(model, f"{folder}/external.onnx", images, "dynamo", 18, False, external=True)
    slim(f"{folder}/external.onnx")
    reference["external"] = reference_of(model, images)
    with open(f"{folder}/reference.json", "w") as file:
        json.dump(reference, file)


def write_others(folder):
    """Channels last and names as tf2onnx writes them; and weights in float16."""
    body = """
        t = Transpose<perm=[0,3,1,2]>(x)
        c = Conv<pads=[1,1,1,1]>(t, w) r = Relu(c)
        d = Conv<pads=[1,1,1,1]>(r, v) a = Add(d, r) s = Relu(a)
        g = GlobalAveragePool(s) f = Flatten(g) y = MatMul(f, m)"""
    model = model_of(13, body, w=rand(8, 3, 3, 3) - 0.5, v=rand(8, 8, 3, 3) - 0.5, m=rand(8, 5))
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 24, 24, 3]))
    names = ("conv1/Conv2D__5", "conv1/Conv2D", "relu1/Relu", "block1/conv2/Conv2D", "block1/add/add", "block1/out/Relu",
             "pool/Mean", "pool/Mean_reshape", "predictions/MatMul")
    for node, name in zip(model.graph.node, names):
        node.name = "StatefulPartitionedCall/net/" + name
    onnx.save(model, f"{folder}/channels_last.onnx")
    images = noise(2, 24).numpy()
    output = runtime(model, np.ascontiguousarray(images.transpose(0, 2, 3, 1)))
    torch.manual_seed(2)
    half = shake(Net()).half()
    export(half, f"{folder}/half.onnx", noise(2, 24).half(), "dynamo", 18, False)
    slim(f"{folder}/half.onnx")
    with torch.no_grad():
        expected = half.float()(noise(2, 24))
    write_left_out(folder)
    with open(f"{folder}/others.json", "w") as file:
        json.dump({"channels_last": packed(output), "half": packed(expected.numpy())}, file)


def write_left_out(folder):
    """Operators that nobody knows in the middle, and the last tensor before them."""
    body = """
        c = Conv<pads=[1,1,1,1]>(x, w) r = Relu(c)
        d = Conv<pads=[1,1,1,1]>(r, v) a = Add(d, r) s = Relu(a)
        e = Conv<pads=[1,1,1,1]>(s, u)"""
    rest = """
        q = Quux(e) f = Add(q, s) o = Quux(f)
        g = GlobalAveragePool(o) h = Flatten(g) y = MatMul(h, m)"""
    weights = dict(w=rand(8, 3, 3, 3) - 0.5, v=rand(8, 8, 3, 3) - 0.5, u=rand(8, 8, 3, 3) - 0.5, m=rand(8, 5))
    whole = model_of(13, body + rest, **weights)
    names = ("conv1/Conv", "relu1/Relu", "block1/conv/Conv", "block1/Add", "block1/relu/Relu", "block2/conv/Conv",
             "block2/odd/Quux", "block2/Add", "odd/Quux", "pool/Mean", "pool/Flatten", "fc/MatMul")
    for node, name in zip(whole.graph.node, names):
        node.name = "/" + name
    onnx.save(whole, f"{folder}/left_out.onnx")
    output = runtime(model_of(13, body + " y = Identity(e)", **weights), noise(2, SIDE).numpy())
    with open(f"{folder}/left_out.json", "w") as file:
        json.dump({"output": packed(output)}, file)


def write_zoo(folder, specs):
    os.makedirs(folder, exist_ok=True)
    reference = {}
    if os.path.exists(f"{folder}/reference.json"):
        with open(f"{folder}/reference.json") as file:
            reference = json.load(file)
    for spec in specs:
        lib, name, side, how = spec.split(":")
        exporter, opset, *rest = how.split("-")
        key = f"{lib}_{name}_{how}"
        if key in reference:
            continue
        torch.manual_seed(1)
        model, images = build(lib, name, int(side)), noise(2, int(side))
        fixed = "fixed" in rest
        try:
            export(model, f"{folder}/{key}.onnx", images[:1] if fixed else images, exporter, int(opset), fixed,
                   "external" in rest)
        except Exception as error:
            print("PyTorch does not export", spec, type(error).__name__, str(error)[:150].replace("\n", " "), flush=True)
            continue
        reference[key] = reference_of(model, images)
        with open(f"{folder}/reference.json", "w") as file:
            json.dump(reference, file)
        print(key, os.path.getsize(f"{folder}/{key}.onnx") // 1000, "kB", flush=True)


class Logits(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).logits


def build(lib, name, side):
    if lib == "tv":
        import torchvision
        arguments = {"weights": None}
        if name in ("googlenet", "inception_v3"):
            arguments["init_weights"] = False
        if name.startswith("vit"):
            arguments["image_size"] = side
        model = getattr(torchvision.models, name)(**arguments)
        if name in ("googlenet", "inception_v3"):
            model.aux_logits = False
            model.AuxLogits = model.aux1 = model.aux2 = None
    elif lib == "timm":
        import timm
        sized = {"img_size": side} if name.startswith(("vit", "deit", "swin", "beit", "eva")) else {}
        model = timm.create_model(name, pretrained=False, **sized)
    else:
        import transformers as t
        small = dict(num_hidden_layers=3, hidden_size=96, num_attention_heads=3, intermediate_size=192)
        model = {
            "vit": lambda: t.ViTForImageClassification(t.ViTConfig(image_size=side, **small)),
            "dinov2": lambda: t.Dinov2ForImageClassification(t.Dinov2Config(
                image_size=side, num_hidden_layers=3, hidden_size=96, num_attention_heads=3, patch_size=16)),
            "convnext": lambda: t.ConvNextForImageClassification(t.ConvNextConfig(
                depths=[1, 1, 2, 1], hidden_sizes=[16, 32, 48, 64])),
            "resnet": lambda: t.ResNetForImageClassification(t.ResNetConfig(
                depths=[1, 1, 2, 1], hidden_sizes=[32, 64, 96, 128], embedding_size=16)),
        }[name]()
        model = Logits(model)
    return shake(model)


def write_runtime(file):
    """All tensors of a network, averaged over positions, wherever the channels are; and its first output."""
    model = onnx.load(file)
    weights = {tensor.name for tensor in model.graph.initializer}
    given, = [one for one in model.graph.input if one.name not in weights]
    sizes = [dim.dim_value for dim in given.type.tensor_type.shape.dim]
    last = sizes[3] == 3
    side = max(sizes[1] if last else sizes[2], 0) or 224
    images = noise(2, side)
    images = np.ascontiguousarray((images.permute(0, 2, 3, 1) if last else images).numpy())
    batches = np.split(images, 2) if sizes[0] == 1 else [images]
    outputs = [one.name for one in model.graph.output]
    known = set(outputs)
    for node in model.graph.node:
        if node.op_type != "Constant":
            model.graph.output.extend(helper.ValueInfoProto(name=name) for name in node.output
                                      if name and name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    run = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = [np.concatenate(parts) if parts[0].ndim else parts[0]
             for parts in zip(*(run.run(None, {given.name: batch}) for batch in batches))]
    pooled = []
    for tensor in found:
        if tensor.dtype != np.float32 or tensor.ndim < 2 or tensor.shape[0] != 2:
            continue
        pooled.append(tensor.reshape(2, tensor.shape[1], -1).mean(2, dtype=np.float64))
        pooled.append(tensor.reshape(2, -1, tensor.shape[-1]).mean(1, dtype=np.float64))

    def packed(numbers):
        return base64.b64encode(numbers.astype(np.float32).tobytes()).decode()

    with open(file + ".json", "w", encoding="utf-8") as out:
        json.dump({"side": side, "output": packed(found[0]), "tensors": sorted({packed(one) for one in pooled})}, out)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "--backend":
        write_backend(rest[0])
    elif what == "--runtime":
        for name in rest:
            write_runtime(name)
    elif what == "--zoo":
        write_zoo(rest[0], rest[1:])
    else:
        os.makedirs(what, exist_ok=True)
        if "--networks" not in rest:
            write_nodes(what)
        write_networks(what)
        write_others(what)
