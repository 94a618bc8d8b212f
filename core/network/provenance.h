#pragma once

#include "core/image/preprocessing.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scalescope {

/// How a network was fine-tuned: trained end to end with a new linear layer `scale`.
struct FineTuning {
  std::int64_t training_images = 0;
  std::int64_t validation_images = 0;
  double learning_rate = 0; ///< of Adam
  int batch = 0;
  int epochs = 0;              ///< that were finished
  int best_epoch = 0;          ///< whose state this is, counted from 1
  std::uint64_t seed = 0;      ///< of the new layer, of the order of images and of dropout
  double validation_error = 0; ///< mean absolute, in the target's unit
};

/// Where a pruned or fine-tuned network comes from: a JSON of its archive (the extra file `scalescope.json` of
/// TorchScript; in Python torch.jit.load(file, _extra_files={"scalescope.json": ""}) reads it).
struct Provenance {
  std::string source;                          ///< name of the file, or of the architecture
  std::string sha256;                          ///< of the file; empty for drawn weights without one
  std::optional<std::uint64_t> seed;           ///< of drawn weights
  std::string architecture;                    ///< where it was recognised, else ""
  std::string layer;                           ///< the last layer that was kept; "" if the network is complete
  std::string output;                          ///< "map", "pooled" or "scale"
  std::string target;                          ///< what was regressed, "object scale"; empty without an analysis
  std::optional<double> r2_mean;               ///< of the layer, if an analysis was given,
  std::optional<double> r2_standard_deviation; ///< over its repetitions
  int input_size = 0;                          ///< side of the square input in pixels
  std::string tokens = {}; ///< of a transformer: what of its tokens is pooled, as text_of(Tokens) says it
  Preprocessing preprocessing;
  std::string scalescope;                     ///< version that wrote it
  std::string libtorch;                       ///< version that wrote it
  std::optional<FineTuning> fine_tuning = {}; ///< of a network that was trained here
};

inline constexpr const char* provenance_file = "scalescope.json";

[[nodiscard]] std::string to_json(const Provenance& provenance);
/// No value if the text was not written by to_json.
[[nodiscard]] std::optional<Provenance> provenance_from_json(std::string_view text);
/// As a sentence for a person.
[[nodiscard]] std::string describe(const Provenance& provenance);

} // namespace scalescope
