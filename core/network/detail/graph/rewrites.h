#pragma once
// Replaces operations of a flat graph by simpler ones that every engine and pass supports.

#include <torch/csrc/jit/ir/ir.h>

namespace scalescope {

void remove_warnings(torch::jit::Graph& graph);

/// Which of its types an argument has was open in the function; where it was inlined it is known.
void decide_types(torch::jit::Graph& graph);

/// A list that grows becomes a new list at each step. torch's RemoveListMutation leaves lists alone that are read
/// before they have grown to the end (DenseNet), or whose tensors are changed in place.
void remove_appends(torch::jit::Graph& graph);

/// Padding by name ("same", "valid") becomes numbers. Where an even kernel would need more on one side than on the
/// other it stays as it is.
void number_paddings(torch::jit::Graph& graph);

/// A trace holds what the machine that made it allowed a convolution: to round the factors (TF32), to take an algorithm
/// that gives other bytes each time, to try algorithms first. Here it may do none of these.
void restrict_convolutions(torch::jit::Graph& graph);

/// Sides of a map that are taken from a list of all (`h, w = x.shape[-2:]`) are asked for one by one, and divisions of
/// them that are rounded up (the padding of TensorFlow's networks) stay whole numbers: OpenVINO can't convert them
/// otherwise.
void simplify_sides(torch::jit::Graph& graph);

} // namespace scalescope
