#pragma once

#include "core/image/preprocessing.h"
#include "core/network/network.h"

#include <array>
#include <optional>
#include <string>

namespace scalescope {

/// How images are made for the network: a mode, or a mean and a standard deviation, or what the network wants; and how
/// they become squares.
struct PreprocessingChoice {
  std::string mode; ///< "torch", "tf" or "caffe"; empty: the network's own, else torch
  struct Normalisation {
    std::array<float, 3> mean{}; ///< of RGB, from 0 to 1
    std::array<float, 3> standard_deviation{};
    bool operator==(const Normalisation&) const = default;
  };
  std::optional<Normalisation> custom;             ///< instead of a mode
  std::optional<Interpolation> interpolation = {}; ///< no value: the network's own, else bilinear
  std::optional<ResizeMode> resize = {}; ///< no value: the network's own, else squash, or crop where a crop is given
  std::optional<double> crop = {};       ///< Resizing::crop; no value: the network's own, or 1 for another resize
  bool operator==(const PreprocessingChoice&) const = default;
};

/// How images are made for the network, and the reason, as a part of a sentence.
struct ChosenPreprocessing {
  Preprocessing preprocessing = Preprocessing::named("torch");
  std::string reason; ///< "given", "what efficientnet_lite0 was trained with", ...
};

/// The preprocessing that a choice means for a network. @throws Error for an unknown mode, a standard deviation
/// of 0 or a crop that is not possible.
[[nodiscard]] ChosenPreprocessing chosen(const PreprocessingChoice& choice, const NetworkInfo& network);
/// The choice that gives this preprocessing for every network.
[[nodiscard]] PreprocessingChoice choice_of(const Preprocessing& preprocessing);
/// The choice that gives this for a network. Empty if it is the network's own, so that it gives the same reason again.
[[nodiscard]] PreprocessingChoice choice_of(const ChosenPreprocessing& in_use, const NetworkInfo& network);

} // namespace scalescope
