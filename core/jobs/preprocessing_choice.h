#pragma once

#include "core/image/preprocessing.h"
#include "core/network/network.h"

#include <array>
#include <optional>
#include <string>

namespace scalescope {

/// How pixels are scaled for the network: a mode, or a mean and a standard deviation, or what the network wants.
struct PreprocessingChoice {
  std::string mode; ///< "torch", "tf" or "caffe"; empty: the network's own, else torch
  struct Normalisation {
    std::array<float, 3> mean{}; ///< of RGB, from 0 to 1
    std::array<float, 3> standard_deviation{};
    bool operator==(const Normalisation&) const = default;
  };
  std::optional<Normalisation> custom; ///< instead of a mode
  bool operator==(const PreprocessingChoice&) const = default;
};

/// A preprocessing, and why it was chosen, as a part of a sentence.
struct ChosenScaling {
  Preprocessing preprocessing;
  std::string reason; ///< "given", "what efficientnet_lite0 was trained with", ...
};

/// What a choice comes to for a network. @throws Error for an unknown mode or a standard deviation of 0.
[[nodiscard]] ChosenScaling chosen(const PreprocessingChoice& choice, const NetworkInfo& network);
/// The choice that comes to this preprocessing for any network.
[[nodiscard]] PreprocessingChoice choice_of(const Preprocessing& preprocessing);
/// The choice that comes to this for a network: none at all where it is the network's own, so that the reason stays.
[[nodiscard]] PreprocessingChoice choice_of(const ChosenScaling& scaling, const NetworkInfo& network);

} // namespace scalescope
