#pragma once
// LibTorch plans by how they were prepared, without torch's headers: these can't meet Qt's.

#include "core/network/network.h"

#include <span>
#include <string>
#include <vector>

namespace preparations {

enum class Way { Reference, OneDnn, Accelerator, AcceleratorBFloat16 };

/// The maps of those modules of a built-in architecture with random weights, prepared that way for the CPU.
/// @param images n x 3 x side x side.
std::vector<scalescope::Activation> run(const std::string& architecture, const std::vector<std::string>& modules,
                                        Way way, std::span<const float> images, int n, int side);

/// What preparing for bfloat16 does to the convolutions of a built-in architecture with random weights.
struct ShortWeights {
  int convolutions = 0;
  int batch_norms = 0;       ///< that are left
  int casts = 0;             ///< operations that change a format at each run
  bool folded_first = false; ///< each weight and bias is that of float32, with the batch norm in it, rounded once
};
ShortWeights short_weights(const std::string& architecture);

/// How many convolutions of it, and how many operations after them, a GPU runs as one.
struct Fused {
  int with_relu = 0;
  int with_addition = 0;
};
/// @param tapped a module whose output is read besides; "" for none.
Fused fused(const std::string& architecture, const std::string& tapped);

/// What a plan does in bfloat16 on the CPU with a network that asks for float32 between two convolutions.
struct Refused {
  bool by_autocast = false;
  double difference = 0; ///< from float32, of the largest magnitude
};
Refused refused_in_fast_form();

/// A linear layer behind a transposition, of 3 x 4 x 5 numbers to which a constant was added, or of 4 x 4 without one.
struct Order {
  bool moved = false;    ///< the linear layer comes first now
  double difference = 0; ///< of the outputs
};
Order order(bool three_dimensions);

/// Where the weight and the number that a side is multiplied by are after preparing for a device ("meta", where no
/// number can be read): on the CPU or not.
struct Places {
  bool weight_moved = false;
  bool number_moved = false;
};
Places places_of_constants();

/// The four switches of a traced convolution after a network was opened: benchmark, deterministic, cuDNN, TF32.
std::vector<bool> traced_switches();

/// The time, in seconds, that a network without loops and one with loops has to be measured on images of that side.
struct TimeToMeasure {
  double without_loops = 0;
  double with_loops = 0;
};
TimeToMeasure time_to_measure(int side);

/// What is said of a network without loops that has not ended after a millisecond; it waits until that was said.
std::string told_of_one_that_never_ends();

/// gpu_lacks() for a GPU of that compute capability.
std::string gpu_lacks(int generation, scalescope::Precision precision);

/// Why this processor can't compute in bfloat16; "" if it can.
std::string bfloat16_unavailable();

} // namespace preparations
