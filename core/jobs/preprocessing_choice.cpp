#include "core/jobs/preprocessing_choice.h"

#include "core/base/error.h"

namespace scalescope {

ChosenPreprocessing chosen(const PreprocessingChoice& choice, const NetworkInfo& network) {
  if (choice.custom && !choice.mode.empty())
    throw Error("The preprocessing has both a mode and its own mean and standard deviation; give only one of them.");
  if (choice.custom)
    return {Preprocessing::custom(choice.custom->mean, choice.custom->standard_deviation), "given"};
  if (!choice.mode.empty())
    return {Preprocessing::named(choice.mode), "given"};
  if (!network.preprocessing_mode.empty())
    return {Preprocessing::named(network.preprocessing_mode), network.preprocessing_reason};
  return {Preprocessing::named("torch"), "assumed; --preprocess changes it"};
}

PreprocessingChoice choice_of(const Preprocessing& preprocessing) {
  if (preprocessing.name == "custom")
    return {.mode = {}, .custom = {{preprocessing.mean, preprocessing.standard_deviation}}};
  return {.mode = preprocessing.name, .custom = {}};
}

PreprocessingChoice choice_of(const ChosenPreprocessing& in_use, const NetworkInfo& network) {
  const ChosenPreprocessing own = chosen(PreprocessingChoice{}, network);
  const bool is_own = key_of(own.preprocessing) == key_of(in_use.preprocessing) && own.reason == in_use.reason;
  return is_own ? PreprocessingChoice{} : choice_of(in_use.preprocessing);
}

} // namespace scalescope
