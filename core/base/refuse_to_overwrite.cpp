#include "core/base/refuse_to_overwrite.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <sys/stat.h>

#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// The identity of a file, as in std::filesystem::equivalent. It is stored, because there may be thousands of files on
/// both sides.
using Identity = std::pair<dev_t, ino_t>;

/// The identity of the file at the path; no value if there is none.
std::optional<Identity> identity_of(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? std::optional(Identity(status.st_dev, status.st_ino)) : std::nullopt;
}

/// The path without links, "." and "..", whether or not the file exists.
fs::path place_of(const fs::path& file) {
  std::error_code error;
  fs::path place = fs::weakly_canonical(fs::absolute(file), error);
  return error ? fs::absolute(file).lexically_normal() : place;
}

} // namespace

void refuse_to_overwrite(const std::vector<fs::path>& outputs, const std::vector<fs::path>& inputs) {
  std::map<fs::path, fs::path> by_place;
  std::map<Identity, fs::path> by_identity;
  for (const fs::path& output : outputs) {
    const auto [first, is_new] = by_place.emplace(place_of(output), output);
    if (!is_new)
      throw Error(fmt::format("'{}' and '{}' are the same file, and both would be written; choose another name for one "
                              "of them.",
                              first->second.string(), output.string()));
    if (const auto identity = identity_of(output))
      by_identity.emplace(*identity, output);
  }
  for (const fs::path& input : inputs) {
    if (input.empty() || by_identity.empty()) // a file that does not exist can't be lost
      continue;
    const auto identity = identity_of(input);
    const auto found = identity ? by_identity.find(*identity) : by_identity.end();
    if (found == by_identity.end())
      continue;
    const fs::path& output = found->second;
    if (output.lexically_normal() == input.lexically_normal())
      throw Error(fmt::format("'{}' would be overwritten, but is one of the files that this run reads; choose another "
                              "folder or name to write to.",
                              output.string()));
    throw Error(fmt::format("'{}' would be overwritten, but is the same file as '{}', which this run reads; choose "
                            "another folder or name to write to.",
                            output.string(), input.string()));
  }
}

} // namespace scalescope
