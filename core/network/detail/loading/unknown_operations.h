#pragma once

#include "core/network/detail/loading/unreadable.h"

#include <map>
#include <optional>
#include <string>

namespace scalescope {

/// An operation that a reader doesn't know, or not in this form. It is left out with all that needs its results.
class UnknownOperation : public Unreadable {
 public:
  /// @param what "Resize, which takes the nearest pixel by 'ceil'"
  UnknownOperation(const std::string& what, const std::string& layer);
  std::string what_it_is;
  std::string layer; ///< full name of the module around it; "": of none
};

/// Thrown for an operation that needs a result of one that was left out.
class BehindUnknown : public Unreadable {
 public:
  BehindUnknown() : Unreadable("needs what an operation gives that is not read", "export it in another format") {}
};

/// The operations of a file that are not read.
class UnknownOperations {
 public:
  /// @param what as in UnknownOperation  @param where "in the layer 'conv1'"
  void add(const std::string& what, const std::string& where);
  [[nodiscard]] bool empty() const { return all_.empty(); }
  /// "Foo (2 times, first in the layer 'x'), Bar (1 time, first outside of its layers)": five at most.
  [[nodiscard]] std::string said() const;
  /// A note: what is left out, and what can be done with the rest. @param end the module whose result stands for the
  /// network's output; "": what no module gives. No value: an output can be computed.
  [[nodiscard]] std::string note(const std::optional<std::string>& end) const;
  /// A note about operations of an ONNX file that OpenVINO runs as they are, and what can't be done with them.
  [[nodiscard]] std::string note_of_openvino() const;

 private:
  struct One {
    std::string where; // first
    int times = 0;
  };
  std::map<std::string, One> all_;
};

/// "in the layer 'conv1'", "outside of its layers"
[[nodiscard]] std::string in_layer(const std::string& layer);

} // namespace scalescope
