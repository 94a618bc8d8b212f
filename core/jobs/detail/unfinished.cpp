#include "core/jobs/detail/unfinished.h"

#include <cstdint>
#include <limits>

namespace scalescope {

Unfinished::Unfinished(const std::filesystem::path& out, bool kept) : folder_(out / "unfinished"), kept_(kept) {
  std::error_code ignored;
  was_there_ = kept && std::filesystem::exists(folder_, ignored);
}

Cache Unfinished::cache() const { return {folder_, std::numeric_limits<std::uint64_t>::max()}; }

void Unfinished::forget() const {
  if (!kept_)
    return;
  cache().clear();
  std::error_code ignored; // remove leaves what is not empty
  for (const auto& part : std::filesystem::directory_iterator(folder_, ignored))
    if (std::error_code other; part.is_directory(other))
      std::filesystem::remove(part, other);
  std::filesystem::remove(folder_, ignored);
}

} // namespace scalescope
