#include "core/base/cache.h"
#include "app/commands/commands.h"

#include <fmt/format.h>

#include <string>

namespace scalescope {
namespace {

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

} // namespace

Command add_cache_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "cache", "Show or clear the cache of features\n"
               "The cache keeps the pooled features of every image that a network has processed, and the network's "
               "layers and shapes. Another target, protocol or number of repetitions then needs no second run of the "
               "network. An entry depends on the SHA-256 of the network and of the image, and on layers, input size, "
               "engine, precision and preprocessing. It has a checksum; a damaged entry is computed again. When the "
               "limit is reached, the entries that were not used for the longest time are removed.\n\n"
               "The cache is in $XDG_CACHE_HOME/scalescope (~/.cache/scalescope) and holds 4,000 MB; "
               "SCALESCOPE_CACHE_LIMIT sets another number of megabytes. Commands that run a network do not use it "
               "with --no-cache.");
  command->require_subcommand(1);
  auto* info = command->add_subcommand("info", "Print the folder, the number of entries, their size and the limit");
  command->add_subcommand("clear", "Remove all entries");
  command->footer("EXAMPLE\n    scalescope-cli cache info");
  return [info] {
    const Cache cache = Cache::of_user();
    if (info->parsed()) {
      const auto contents = cache.contents();
      fmt::print("Folder:  {}\nEntries: {}\nSize:    {}\nLimit:   {}\n", cache.folder().string(), contents.entries,
                 megabytes(contents.bytes), megabytes(cache.limit()));
      return 0;
    }
    const auto removed = cache.clear();
    fmt::print("Removed {} entries, {}, from {}\n", removed.entries, megabytes(removed.bytes), cache.folder().string());
    return 0;
  };
}

} // namespace scalescope
