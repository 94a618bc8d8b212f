#include "core/experiment/some_images.h"

#include <algorithm>
#include <random>
#include <set>

namespace scalescope {

std::vector<Sample> some_images(const std::vector<Sample>& samples, int most, std::uint32_t seed) {
  std::vector<std::filesystem::path> files;
  for (const Sample& sample : samples)
    if (files.empty() || files.back() != sample.file)
      files.push_back(sample.file);
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  if (most <= 0 || files.size() <= static_cast<std::size_t>(most))
    return samples;
  std::mt19937 generator(seed);
  for (std::size_t i = files.size(); i-- > 1;) // Fisher and Yates; std::shuffle differs between libraries
    std::swap(files[i], files[generator() % (i + 1)]);
  const std::set<std::filesystem::path> chosen(files.begin(), files.begin() + most);
  std::vector<Sample> some;
  std::ranges::copy_if(samples, std::back_inserter(some), [&](const Sample& one) { return chosen.contains(one.file); });
  return some;
}

} // namespace scalescope
