#pragma once
// The half of architectures_test that sees torch; Qt's headers and torch's cannot share a file.

#include <cstdint>
#include <string>
#include <vector>

/// What assemble() made of a checkpoint.
struct Outcome {
  std::string architecture;
  std::string error; ///< what was thrown; then all else is empty
  std::vector<std::string> notes;
  std::vector<std::int64_t> output_shape; ///< for one image of 64 pixels
};

/// A change to a checkpoint: an empty new name takes the tensor out, an empty shape leaves its numbers, an empty old
/// name adds one.
struct Change {
  std::string name;
  std::string new_name;
  std::vector<std::int64_t> shape;
  bool integers = false;
};

/// An assembled network beside the one of Python.
struct Comparison {
  Outcome outcome;
  std::vector<std::string> expected_modules, modules; ///< "layer1.0.conv1: Conv2d", in the order of named_modules()
  std::vector<std::string> unlike; ///< modules whose output, for Python's input, differs; with how much
  std::size_t compared = 0;        ///< modules
  double last_map_error = 0;       ///< without the head; relative to the largest value
};

/// Statistics of a parameter or buffer.
struct Drawn {
  std::string name;
  double mean = 0, standard_deviation = 0, smallest = 0, largest = 0;
};

/// @param file of `architectures_reference.py network`.
[[nodiscard]] Comparison compare(const std::string& file);

/// Assembles from the weights of a TorchScript archive.
/// @return the largest difference of the two outputs for noise of this side, relative to the largest value.
[[nodiscard]] double difference_to_archive(const std::string& architecture, const std::string& file, int side);

/// What every network in a file of `architectures_reference.py relatives` is recognised as: "vgg19: nothing".
[[nodiscard]] std::vector<std::string> recognise_all(const std::string& file);

/// A built-in architecture's weights, changed and assembled.
[[nodiscard]] Outcome assemble_changed(const std::string& architecture, int classes,
                                       const std::vector<Change>& changes);

/// Assembles an architecture's own weights, with and without its name. @return the name of what was made of them, or
/// the error.
[[nodiscard]] std::string assemble_named(const std::string& architecture, const std::string& named);

/// Names and shapes of an architecture's weights.
struct Outline {
  std::vector<std::string> lines; ///< sorted: "conv1.weight 64x3x7x7"
  std::int64_t parameters = 0;
  bool has_marks = true; ///< it has at least one of the tensors by which it is looked for
};
[[nodiscard]] Outline outline_of(const std::string& architecture, int classes);

/// What find_architecture() finds: a name, or "".
[[nodiscard]] std::string found_name(const std::string& name, bool timms);

/// Names of the architectures that recognise() takes for another one.
[[nodiscard]] std::vector<std::string> confused();

[[nodiscard]] std::string build_error(const std::string& architecture);

/// Draws new weights. A network is the name of an architecture or a TorchScript archive.
[[nodiscard]] std::vector<Drawn> draw(const std::string& network, std::uint64_t seed);
[[nodiscard]] std::string draw_error(const std::string& network);
[[nodiscard]] bool same_weights(const std::string& network, std::uint64_t seed, const std::string& other,
                                std::uint64_t other_seed);
