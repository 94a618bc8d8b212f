#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace scalescope {

/// Makes operations known that networks of newer versions of PyTorch call and an older LibTorch lacks: attention, RMS
/// norm. Call it before a network is read. Any thread may call it, any number of times.
void register_newer_operations();

/// Writes attention and RMS norm as the simpler operations that they are made of, so that every engine and pass
/// supports them, and the weights of attention (softmax of Q K^T) are values of the graph.
void write_out_attention(torch::jit::Graph& graph);

} // namespace scalescope
