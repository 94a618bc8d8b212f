#include "app/options/preprocessing_options.h"

#include "app/options/enum_option.h"

#include <cstddef>
#include <vector>

namespace scalescope {
namespace {

CLI::Option* add_rgb_option(CLI::App& command, const char* name, PreprocessingChoice& choice,
                            std::array<float, 3> PreprocessingChoice::Normalisation::*part, const char* help) {
  return command
      .add_option_function<std::vector<float>>(
          name,
          [&choice, part](const std::vector<float>& values) {
            if (!choice.custom)
              choice.custom.emplace();
            if (values.size() == 2)
              throw CLI::ValidationError("give three numbers, or one for all channels");
            for (std::size_t channel = 0; channel < 3; ++channel)
              ((*choice.custom).*part)[channel] = values[values.size() == 1 ? 0 : channel];
          },
          help)
      ->delimiter(',')
      ->expected(1, 3)
      ->type_name("R,G,B");
}

} // namespace

void add_preprocessing_options(CLI::App& command, PreprocessingChoice& choice) {
  using Normalisation = PreprocessingChoice::Normalisation;
  auto* by_name =
      command.add_option("--preprocess", choice.mode, "torch, tf or caffe [the architecture's own, else torch]")
          ->check(CLI::IsMember({"torch", "tf", "caffe"}))
          ->type_name("MODE");
  auto* by_mean = add_rgb_option(command, "--mean", choice, &Normalisation::mean,
                                 "Mean of R,G,B, from 0 to 1, or one number for all; instead of --preprocess");
  by_mean->excludes(by_name);
  auto* by_standard_deviation = add_rgb_option(command, "--std", choice, &Normalisation::standard_deviation,
                                               "Standard deviation of R,G,B, from 0 to 1, or one number for all");
  by_standard_deviation->needs(by_mean);
  by_mean->needs(by_standard_deviation);
  command
      .add_option(
          "--resize", choice.resize,
          "How an image becomes a square: squash (whatever its proportions), crop (the ends of its longer side) "
          "or pad (with the mean colour) [the network's own, else squash]")
      ->transform(named<ResizeMode>())
      ->type_name("WAY");
  command
      .add_option("--crop", choice.crop,
                  "The share of the resized image's side that is kept, its middle, from 0.1 to 1; without --resize, "
                  "squash becomes crop [the network's own, else 1]")
      ->type_name("SHARE")
      ->check(CLI::Range(least_crop, 1.0));
  command
      .add_option("--interpolation", choice.interpolation,
                  "How the pixels of the resized image are found, as PIL does it: " + names_text<Interpolation>() +
                      " [the network's own, else bilinear]")
      ->transform(named<Interpolation>())
      ->type_name("NAME");
}

} // namespace scalescope
