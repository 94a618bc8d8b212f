#pragma once

#include <algorithm>
#include <cstdint>

namespace scalescope {

/// The person's work in the window, which a session file keeps.
struct Work {
  bool curve = false;
  bool boxes = false; ///< drawn by hand

  [[nodiscard]] bool any() const { return curve || boxes; }
  friend Work operator&(const Work& a, const Work& b) { return {a.curve && b.curve, a.boxes && b.boxes}; }
};

/// Keeps track of unsaved work. It counts changes, so that changes during the writing of a session still count as
/// unsaved.
class UnsavedWork {
 public:
  struct Count {
    std::uint64_t curve = 0;
    std::uint64_t boxes = 0;
  };

  void curve_grew() { ++done_.curve; }
  void box_drawn() { ++done_.boxes; }
  void curve_gone() { safe_.curve = done_.curve; }
  void boxes_gone() { safe_.boxes = done_.boxes; }
  [[nodiscard]] const Count& done() const { return done_; }
  /// @param written done() at the time of the state that is now on the disk.
  void saved(const Count& written) {
    safe_ = {std::max(safe_.curve, written.curve), std::max(safe_.boxes, written.boxes)};
  }
  [[nodiscard]] Work unsaved() const { return {done_.curve != safe_.curve, done_.boxes != safe_.boxes}; }

 private:
  Count done_;
  Count safe_; ///< saved or discarded
};

} // namespace scalescope
