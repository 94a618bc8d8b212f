#include "core/jobs/network_choice.h"

#include "core/base/error.h"
#include "core/network/installed_models.h"

#include <fmt/format.h>

namespace scalescope {

ModelSource source_of(const NetworkChoice& choice, std::uint64_t seed) {
  if (choice.model.empty() && (choice.architecture.empty() || !choice.random_weights))
    throw Error("No network is named; name a model, or an architecture together with random weights.");
  ModelSource source{choice.model, choice.architecture, choice.random_weights, choice.seed.value_or(seed)};
  source.output = choice.output;
  source.tokens = choice.tokens.value_or(Tokens::Mean);
  std::error_code ignored;
  if (!choice.model.empty() && !std::filesystem::exists(choice.model, ignored)) {
    source.file = find_installed_model(choice.model);
    if (source.file.empty())
      throw Error(fmt::format("{} does not exist, and no network of that name is installed; check the path, or run "
                              "packaging/install-dependencies to install efficientnet_lite0.",
                              choice.model));
  }
  return source;
}

RunOptions run_options_of(const NetworkChoice& choice) {
  RunOptions run;
  run.device = choice.device;
  run.engine = choice.engine;
  run.precision = choice.precision;
  run.threads = choice.threads;
  run.input_size = choice.input_size;
  if (choice.use_cache)
    run.cache = Cache::of_user();
  return run;
}

NetworkChoice choice_of(const NetworkInfo& network) {
  const ModelSource& source = network.source;
  const RunOptions& run = network.options;
  NetworkChoice choice;
  if (!source.file.empty())
    choice.model = std::filesystem::absolute(source.file).string();
  choice.architecture = source.architecture;
  choice.random_weights = source.random_weights;
  if (source.random_weights)
    choice.seed = source.seed;
  choice.output = source.output;
  if (network.has_tokens())
    choice.tokens = source.tokens;
  choice.input_size = run.input_size;
  choice.device = run.device;
  choice.engine = run.engine;
  choice.precision = run.precision;
  choice.threads = run.threads;
  choice.use_cache = run.cache.has_value();
  return choice;
}

} // namespace scalescope
