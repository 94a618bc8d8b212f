#include "app/options/preprocess_options.h"

namespace scalescope {

void PreprocessOptions::add_to(CLI::App& command) {
  auto* by_name = command.add_option("--preprocess", mode, "torch, tf or caffe [the architecture's own, else torch]")
                      ->check(CLI::IsMember({"torch", "tf", "caffe"}))
                      ->type_name("MODE");
  auto* by_mean = command.add_option("--mean", mean, "Mean of R,G,B on [0, 1]; instead of --preprocess")
                      ->delimiter(',')
                      ->expected(3)
                      ->type_name("R,G,B")
                      ->excludes(by_name);
  auto* by_standard_deviation = command.add_option("--std", standard_deviation, "Deviation of R,G,B on [0, 1]")
                                    ->delimiter(',')
                                    ->expected(3)
                                    ->type_name("R,G,B")
                                    ->needs(by_mean);
  by_mean->needs(by_standard_deviation);
}

std::pair<Preprocessing, std::string> PreprocessOptions::chosen(const Network& network) const {
  if (!mean.empty())
    return {Preprocessing::custom({mean[0], mean[1], mean[2]},
                                  {standard_deviation[0], standard_deviation[1], standard_deviation[2]}),
            "given"};
  if (!mode.empty())
    return {Preprocessing::named(mode), "given"};
  if (!network.preprocessing().empty())
    return {Preprocessing::named(network.preprocessing()), network.preprocessing_reason()};
  return {Preprocessing::named("torch"), "assumed; --preprocess says otherwise"};
}

} // namespace scalescope
