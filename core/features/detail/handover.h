#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

namespace scalescope {

/// Results of loader threads for the thread that takes features, by the number of the image.
template <typename Thing>
class Handover {
 public:
  void put(std::size_t i, Thing thing) {
    const std::scoped_lock lock(mutex_);
    things_.emplace(i, std::move(thing));
  }
  [[nodiscard]] Thing take(std::size_t i) {
    const std::scoped_lock lock(mutex_);
    return std::move(things_.extract(i).mapped());
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, Thing> things_;
};

} // namespace scalescope
