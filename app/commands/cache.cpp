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
      "cache", "Look at the cache of features, or clear it\n"
               "Keeps the pooled features of every image that went through a network, and what is known of the "
               "network, so that another target, protocol or number of repetitions needs no second pass. An entry "
               "belongs to the network's SHA-256, layers, input size, engine, precision, preprocessing and the "
               "image's SHA-256; it carries a checksum, and a damaged one is made anew. What was not used for "
               "longest goes first when the limit is reached.\n\n"
               "The cache lies in $XDG_CACHE_HOME/scalescope (~/.cache/scalescope) and holds 4,000 MB; "
               "SCALESCOPE_CACHE_LIMIT sets another number of megabytes. Commands that run a network go round it "
               "with --no-cache.");
  command->require_subcommand(1);
  auto* info = command->add_subcommand("info", "Say where it is, how much it holds and how much it may hold");
  command->add_subcommand("clear", "Remove every entry");
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
