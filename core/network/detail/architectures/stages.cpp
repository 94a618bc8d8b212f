#include "core/network/detail/architectures/stages.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace scalescope {

static Stage read_stage(const std::string& text) {
  Stage stage;
  std::istringstream words(text);
  std::getline(words, stage.kind, '_');
  for (std::string word; std::getline(words, word, '_');) {
    if (word == "nre")
      stage.relu = true;
    else if (word == "se0.25")
      stage.squeeze = true;
    else if (const std::string number = word.substr(1); word[0] == 'r')
      stage.blocks = std::stoi(number);
    else if (word[0] == 'k')
      stage.kernel = std::stoi(number);
    else if (word[0] == 's')
      stage.stride = std::stoi(number);
    else if (word[0] == 'e')
      stage.expansion = std::stod(number);
    else if (word[0] == 'c')
      stage.channels = std::stoi(number);
    else
      throw std::logic_error("a table of stages holds " + word);
  }
  return stage;
}

std::vector<std::vector<Stage>> read_stages(const std::string& text) {
  std::vector<std::vector<Stage>> stages;
  std::istringstream rows(text);
  for (std::string row; rows >> row;) {
    std::istringstream kinds(row);
    stages.emplace_back();
    for (std::string kind; std::getline(kinds, kind, ',');)
      stages.back().push_back(read_stage(kind));
  }
  return stages;
}

std::int64_t rounded_to_8(double channels, double least) {
  const auto nearest = std::max<std::int64_t>(8, static_cast<std::int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(nearest) < least * channels ? nearest + 8 : nearest;
}

} // namespace scalescope
