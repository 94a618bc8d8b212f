#pragma once

#include "core/base/cache.h"
#include "core/image/preprocessing.h"
#include "core/network/engines.h"
#include "core/network/tokens.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scalescope {

/// The bytes of the files of a folder, by name.
using FolderFiles = std::map<std::string, std::string>;

/// Where a network comes from: a file, an archive in memory, or the name of a built-in architecture (then with random
/// weights).
struct ModelSource {
  std::filesystem::path file;  ///< a network's file or folder (see model_folder.h); empty for a built-in architecture
  std::string architecture;    ///< without a file: which one to build. With a file: what its checkpoint must be
  bool random_weights = false; ///< draw new weights, whatever the file holds
  std::uint64_t seed = 0;      ///< of the random weights
  /// Of a network that returns several tensors, the one that is its output: its name among NetworkInfo::outputs, or its
  /// number, counted from 0. "": the first with a vector for each image, else the deepest.
  std::string output = {};
  /// The bytes of a TorchScript archive, which are opened instead of the file; `file` is then only its name.
  std::shared_ptr<const std::string> archive = {};
  std::shared_ptr<const FolderFiles> folder = {}; ///< likewise, of a folder that truncated_folder made
  Tokens tokens = Tokens::Mean;                   ///< what of a layer of tokens becomes its features
  bool operator==(const ModelSource&) const = default;
};

/// How a network takes its images. Network::run takes N x 3 x height x width for all networks and converts them.
struct InputForm {
  int channels = 3;           ///< 3: RGB; 1: grey
  bool channels_last = false; ///< N x height x width x channels, else N x channels x height x width
  bool operator==(const InputForm&) const = default;
};

/// Where and how a network runs.
struct RunOptions {
  std::string device = "auto"; ///< "auto" (a GPU if there is one), "cpu", "cuda" or "cuda:N"
  Engine engine = Engine::Auto;
  Precision precision = Precision::Float32;
  int threads = 0;                 ///< 0: as many as there are cores
  int input_size = 0;              ///< side of the square input in pixels; 0: the network's own where known, else 224
  std::optional<Cache> cache = {}; ///< stores descriptions of networks and features of images
};

/// One module of a network; or one of the two layers that every classifier has at its end: `output` (before the
/// softmax) and `softmax`; or attention weights, which can be looked at.
struct Layer {
  std::string name;                ///< as named_modules() gives it in Python; "" is the network itself
  std::string type;                ///< class of the module: "Conv2d"
  int parent = -1;                 ///< position in Network::layers(); -1 for the network itself
  std::vector<std::int64_t> shape; ///< of its output for one image at the input size: {C, H, W} or {C}, sometimes
                                   ///< {H, W, C} or {tokens, C}; empty if it does not run or returns no tensor
  std::size_t channel_axis = 0;    ///< where in `shape` the channels are
  std::int64_t parameters = 0;     ///< of the module and what it holds
  std::int64_t multiply_adds = 0;  ///< of its convolutions and linear layers for one image at the input size
  int calls = 0;                   ///< how often it runs in one pass; its output is that of the last call
  int depth = 0;                   ///< convolutions and linear layers on the longest path from the input to its output
  bool block = false;              ///< one of Network::blocks()
  bool can_truncate = false;       ///< no path from the input to the network's end bypasses its output
  TokenForm tokens = {};           ///< the order of its tokens, if it returns any
  /// Its output is weights of attention, {heads, queries, keys}: softmax of Q K^T. Or, with one head, their rollout.
  bool attention = false;
  /// The attention is within windows of a map (Swin), {heads, positions of a window, positions}. Then an Activation is
  /// N x windows x (heads * positions + 2) x positions: the weights, and the row and the column in the map of each
  /// position, counted from 1; 0 for padding. Tokens that attend in windows are in no sequence: `tokens` is not known.
  bool windows = false;
  /// Whether its output can be read.
  [[nodiscard]] bool has_output() const { return !shape.empty(); }
  /// Whether its output can be read as features.
  [[nodiscard]] bool has_features() const { return has_output() && !attention; }
  [[nodiscard]] int channels() const { return has_output() ? static_cast<int>(shape[channel_axis]) : 0; }
  /// How many features it has: its channels, or twice as many with the class token and the mean.
  [[nodiscard]] int features(Tokens wanted) const {
    return channels() * (wanted == Tokens::Both && tokens.class_token ? 2 : 1);
  }
  /// The axes of a batch of outputs that pooling averages over: all but the batch and the channels.
  [[nodiscard]] std::vector<std::int64_t> pooled_axes() const;
};

/// The facts about a network after it was opened and measured: a value that any thread may read.
struct NetworkInfo {
  ModelSource source;       ///< the source that was opened
  RunOptions options;       ///< the options with which it was opened
  std::string name;         ///< the file's name, or the architecture's
  std::string sha256;       ///< of its file or folder, as it was opened (see sha256_of_model); "" without one
  std::string architecture; ///< "resnet50" where it was recognised, else ""
  std::optional<Preprocessing> preprocessing; ///< how its weights were trained; no value if that is not known
  std::string preprocessing_reason;           ///< the reason for it, as a part of a sentence
  std::string device;                         ///< "cpu" or "cuda:0"
  /// The library that runs plans: "OpenVINO 2026.4.0", "LibTorch 1.13.1". If it can't run a plan, the next of
  /// known_engines() runs that one and all later ones; a note says why.
  std::string engine;
  Precision precision = Precision::Float32;
  int threads = 1;
  int input_size = 0; ///< side of the square input in pixels, at which `layers` were measured
  InputForm input_form;
  /// Every module, each after its parent, in the order of named_modules(); then `output` and `softmax`; then weights of
  /// attention ("blocks.3.attn.attention"), and their rollout.
  std::vector<Layer> layers;
  /// The names of the blocks in the order in which they run: residual additions, Inception's Mixed blocks, inverted
  /// residuals, and the last feature map before pooling. In a network without blocks, the last layer of each
  /// convolution's chain. See detail/graph/structure.cpp for the rule.
  std::vector<std::string> blocks;
  std::vector<std::string> head;    ///< `output` and `softmax`; empty for a network without a head
  std::vector<std::string> outputs; ///< the tensors that it returns, by place or key ("1", "logits", "0.1"); one: ""
  std::size_t output_index = 0;     ///< the one of them that is its output
  std::vector<std::string> class_names; ///< of the values of its output, as its config.json says; empty if it doesn't
  std::vector<std::string> notes;       ///< for the user, such as a head that was left out

  /// A layer that has an output, by its name. @throws Error offering the nearest names.
  [[nodiscard]] const Layer& layer(const std::string& wanted) const;
  /// Whether a layer returns tokens with a class token.
  [[nodiscard]] bool has_class_token() const;
  /// Whether a layer returns tokens whose order is known.
  [[nodiscard]] bool has_tokens() const;
};

/// A network's graph with taps at the chosen layers, which ends at the deepest of them. Made once, run on many batches.
/// Only the Network that made it can run it, and it must be destroyed before that Network.
class Plan {
 public:
  [[nodiscard]] const std::vector<std::string>& layers() const;

 private:
  friend class Network;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// The output of a layer for a batch. Pooled: shape {N, C}; maps: {N, C, H, W} (or what else the layer returns).
struct Activation {
  std::vector<std::int64_t> shape;
  std::vector<float> values; ///< row after row, contiguous
};

/// Pooled: the mean over all positions (global average pooling), and of tokens what ModelSource::tokens says. Maps: the
/// output as it is.
enum class Reduction { Pooled, Maps };

/// A convolutional network with readable activations. It hides the file format and the engine. With a cache, a known
/// network is described from the cache, and loaded only when the first plan is made. A Network must be used by one
/// thread at a time.
class Network {
 public:
  /// @throws Error naming the file and the cause: not a network, damaged, unknown architecture, a device that is not
  /// there.
  [[nodiscard]] static Network open(const ModelSource& source, const RunOptions& options = {});
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  /// Facts about it. Engine and notes can change while it runs: copy it to keep it.
  [[nodiscard]] const NetworkInfo& info() const;
  /// One line with all that features depend on, other than layers, preprocessing and image: the file's SHA-256, drawn
  /// weights, the chosen output, input size, engine, precision and device.
  [[nodiscard]] std::string identity() const;
  /// As NetworkInfo::layer.
  [[nodiscard]] const Layer& layer(const std::string& name) const;

  /// Prepares a run that ends at the deepest of these layers and keeps only their outputs. If such a plan is still in
  /// use, it is returned again.
  /// @param images how many will usually run at once, 1 or more; any number may run. For one, all threads work on
  ///        each layer; for more, OpenVINO's work on images of their own, alone or in groups, which is faster together
  ///        and slower for one image alone.
  /// @throws Error for an unknown name, and as open() if the network is loaded now.
  [[nodiscard]] Plan plan(const std::vector<std::string>& layers, Reduction reduction, int images = 1) const;
  /// How many positions of a layer's output, for images of side x side pixels, have a receptive field that touches no
  /// padding. 0 if there are none, or if an operation can't be followed (see padding_reach.h); 1 for a vector
  /// that saw no padding. @throws Error as plan().
  [[nodiscard]] std::int64_t positions_without_padding(const std::string& layer, int side) const;
  /// As plan() with Reduction::Pooled, but the mean is over the positions without padding only, for side x side images.
  /// @throws Error as plan(), or if a layer has none.
  [[nodiscard]] Plan plan_without_padding(const std::vector<std::string>& layers, int side, int images = 1) const;
  /// Runs a batch. @param images N x 3 x height x width, preprocessed; for a network of one channel all three are the
  /// same (see preprocess_for). @return one Activation per layer of the plan.
  /// @throws Error if the network can't take images of that size, or memory runs out.
  [[nodiscard]] std::vector<Activation> run(const Plan& plan, std::span<const float> images, std::int64_t n, int height,
                                            int width) const;

 private:
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);
  [[nodiscard]] std::vector<const Layer*> find_layers(const std::vector<std::string>& names) const;
  std::unique_ptr<Impl> impl_;
};

/// The names of the built-in architectures.
[[nodiscard]] std::vector<std::string> architecture_names();

} // namespace scalescope
