#pragma once
// What is done to a plan's graph before LibTorch runs it.

#include "core/network/engines.h"

#include <c10/core/Device.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <optional>

namespace scalescope {

/// How a plan is prepared.
enum class Preparation {
  None,        ///< the unchanged graph: for a single run
  OneDnn,      ///< batch norms folded into convolutions, these in oneDNN's own layouts: CPU and float32 only
  Accelerator, ///< batch norms folded; weights in channels_last and in the precision's format. The CPU takes it too: in
               ///< bfloat16, and in tests.
};

/// Where and how LibTorch runs a plan.
struct LibTorchSettings {
  c10::Device device{c10::kCPU};
  Precision precision = Precision::Float32;
  Preparation preparation = Preparation::OneDnn;
};

/// The form of a prepared graph.
enum class Form {
  Fast, ///< all of it in the precision's format, convolutions joined with what follows them. An operation may refuse
        ///< it.
  Autocast, ///< weights in the precision's format; runs under Autocast, which chooses each operation's format
};

/// The format of weights and activations.
[[nodiscard]] c10::ScalarType type_of(Precision precision);

/// A copy of a plan's graph, ready to run. Batch norms are folded in float32, and weights cast after that.
[[nodiscard]] std::shared_ptr<torch::jit::Graph> prepare(const torch::jit::Graph& graph,
                                                         const LibTorchSettings& settings, Form form);

/// Replaces a convolution with its ReLU, or with an addition and its ReLU, by the one operation of cuDNN that does both
/// (only a GPU can run it). @return how many.
int fuse_convolutions(torch::jit::Graph& graph);

/// Where attention is computed with the batch behind the tokens, linear layers take their input before it is
/// transposed: this saves copies. The numbers stay the same.
void keep_tokens_in_order(torch::jit::Graph& graph);

} // namespace scalescope
