#pragma once

#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/graph/structure.h"
#include "core/network/network.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// How a network is measured: by empty images, which show what images it takes and which shapes its values have.
struct Measuring {
  std::string name; ///< of the network, in messages
  c10::Device device{c10::kCPU};
  int threads = 1;
  std::optional<std::chrono::milliseconds> limit = {}; ///< for one pass; no value: time_to_measure()
};

/// The time limit for the three empty images that measure a network, by their size. A network with loops at run time
/// may never end; one without ends, so its limit is for a large one on a slow or busy machine.
[[nodiscard]] std::chrono::milliseconds time_to_measure(const FlatGraph& flat, int side);

/// The shapes of values in one pass on empty images. @param n images at once.
/// @throws Error if it does not end in time. @throws std::exception of LibTorch if the network can't take them.
[[nodiscard]] std::vector<std::vector<std::int64_t>> shapes_in(const FlatGraph& flat,
                                                               const std::vector<torch::jit::Value*>& values,
                                                               const InputForm& form, int side, std::int64_t n,
                                                               const Measuring& how);

/// The shapes of values_to_measure(). @return no value if the network can't take images of that form and size;
/// `failure` says why. @throws Error if it does not end in time, or memory runs out.
[[nodiscard]] std::optional<ValueShapes> measure(const FlatGraph& flat, const InputForm& form, int side,
                                                 const Measuring& how, std::optional<Failure>& failure);

/// The images that a network takes, and the shapes of its values for one of them.
struct FoundInput {
  InputForm form;
  int side = 0;
  ValueShapes shapes;
  std::string note; ///< why the side is another than the one that was tried first; "" if it is not
};

/// Tries all forms of images. If it takes none of that size, other sizes are tried.
/// @param asked_for whether the person named the size: then no other is taken.
/// @throws Error as measure(), or if nothing that was tried fits.
[[nodiscard]] FoundInput find_input(const FlatGraph& flat, int side, bool asked_for, const Measuring& how);

} // namespace scalescope
