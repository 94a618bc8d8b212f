#include "core/jobs/preprocessing_choice.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace scalescope {

static ChosenPreprocessing own_of(const NetworkInfo& network) {
  if (network.preprocessing)
    return {*network.preprocessing, network.preprocessing_reason};
  return {Preprocessing::named("torch"), "assumed; --preprocess changes it"};
}

static Resizing resizing_of(const PreprocessingChoice& choice, const Resizing& own) {
  Resizing how = own;
  how.interpolation = choice.interpolation.value_or(own.interpolation);
  how.mode = choice.resize.value_or(choice.crop && own.mode == ResizeMode::Squash ? ResizeMode::Crop : own.mode);
  how.crop = choice.crop.value_or(how.mode == own.mode ? own.crop : 1);
  if (!(how.crop >= least_crop && how.crop <= 1))
    throw Error(fmt::format("The crop {} is not possible; give a share from {} to 1.", how.crop, least_crop));
  return how;
}

ChosenPreprocessing chosen(const PreprocessingChoice& choice, const NetworkInfo& network) {
  if (choice.custom && !choice.mode.empty())
    throw Error("The preprocessing has both a mode and its own mean and standard deviation; give only one of them.");
  const ChosenPreprocessing own = own_of(network);
  ChosenPreprocessing made = own;
  if (choice.custom)
    made = {Preprocessing::custom(choice.custom->mean, choice.custom->standard_deviation), "given"};
  else if (!choice.mode.empty())
    made = {Preprocessing::named(choice.mode), "given"};
  else if (choice.interpolation || choice.resize || choice.crop)
    made.reason = "the form of the square was given; the rest is " + own.reason;
  made.preprocessing.resizing = resizing_of(choice, own.preprocessing.resizing);
  return made;
}

PreprocessingChoice choice_of(const Preprocessing& preprocessing) {
  PreprocessingChoice choice{.mode = preprocessing.name, .custom = {}};
  if (preprocessing.name == "custom")
    choice = {.mode = {}, .custom = {{preprocessing.mean, preprocessing.standard_deviation}}};
  choice.interpolation = preprocessing.resizing.interpolation;
  choice.resize = preprocessing.resizing.mode;
  choice.crop = preprocessing.resizing.crop;
  return choice;
}

PreprocessingChoice choice_of(const ChosenPreprocessing& in_use, const NetworkInfo& network) {
  const ChosenPreprocessing own = chosen(PreprocessingChoice{}, network);
  const bool is_own = key_of(own.preprocessing) == key_of(in_use.preprocessing) && own.reason == in_use.reason;
  return is_own ? PreprocessingChoice{} : choice_of(in_use.preprocessing);
}

} // namespace scalescope
