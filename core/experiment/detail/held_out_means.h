#pragma once
// Private to this library.

#include "core/experiment/sensitivity.h"
#include "core/probe/bootstrap.h"
#include "core/probe/score.h"

#include <cstddef>
#include <map>
#include <vector>

namespace scalescope {

/// Means of the held-out predictions of a curve over the repetitions, and the first repetition as it is. Repetitions
/// that finish early wait for those before them, so that rounding does not depend on the threads.
class HeldOutMeans {
 public:
  /// @param targets one per row; they must outlive this.
  HeldOutMeans(std::size_t layers, const std::vector<double>& targets, std::size_t repetitions);

  /// Takes a finished entry. One call at a time.
  void add(const PartialScore& one);
  [[nodiscard]] std::vector<HeldOut> means() const; ///< one per layer
  [[nodiscard]] const OneRepetition& first() const { return first_; }

 private:
  struct Layer {
    HeldOut means;
    std::size_t next = 0; ///< the repetition that is taken in next
    std::map<std::size_t, std::vector<double>> waiting;
  };

  [[nodiscard]] std::vector<double> squared_errors(const std::vector<double>& predictions) const;
  void take_in(Layer& layer, const std::vector<double>& predictions) const;

  const std::vector<double>& targets_;
  double share_;
  std::vector<Layer> layers_;
  OneRepetition first_;
};

} // namespace scalescope
