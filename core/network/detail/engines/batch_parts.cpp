#include "core/network/detail/engines/batch_parts.h"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace scalescope {

void append_rows(std::vector<Activation>& all, std::vector<Activation>&& part) {
  if (all.empty()) {
    all = std::move(part);
    return;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].values.insert(all[i].values.end(), part[i].values.begin(), part[i].values.end());
    if (!all[i].shape.empty() && !part[i].shape.empty())
      all[i].shape[0] += part[i].shape[0];
  }
}

bool is_out_of_memory(const std::exception& e) {
  static constexpr std::array<std::string_view, 7> said{"out of memory",
                                                        "can't allocate memory",
                                                        "bad_alloc",
                                                        "Failed to allocate",
                                                        "ALLOC_FAILED",
                                                        "could not create a memory",
                                                        "Resource temporarily unavailable"}; // for a thread's stack
  const std::string_view what = e.what();
  return dynamic_cast<const std::bad_alloc*>(&e) != nullptr ||
         std::any_of(said.begin(), said.end(), [&](auto words) { return what.find(words) != std::string_view::npos; });
}

std::vector<Activation>
run_in_parts(std::span<const float> images, std::int64_t n, std::int64_t& most,
             const std::function<std::vector<Activation>(std::span<const float>, std::int64_t)>& run) {
  const std::size_t values = images.size() / static_cast<std::size_t>(n); // of an image
  std::vector<Activation> all;
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t size = most == 0 ? n - done : std::min(most, n - done);
    std::vector<Activation> part;
    try {
      part =
          run(images.subspan(static_cast<std::size_t>(done) * values, static_cast<std::size_t>(size) * values), size);
    } catch (const std::exception& e) {
      if (size == 1 || !is_out_of_memory(e))
        throw;
      most = (size + 1) / 2;
      continue;
    }
    append_rows(all, std::move(part));
    done += size;
  }
  return all;
}

} // namespace scalescope
