// Folds as JSON. Robust and clipped protocol:
//   {"protocol": "ridge", "rows": ["photo-1", ...], "repetitions": [
//     {"seed": 0, "outer": [the outer fold that holds each row out],
//      "inner": [for each outer fold: [the inner fold of each row, -1 for the rows that the outer fold holds out]]}]}
// Paper protocol: a repetition is {"seed": 0, "test": [1 for each row held out, 0 for the others]}.

#include "core/probe/folds_json.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string_view>

namespace scalescope {

namespace {

using nlohmann::json;

/// Reads folds out of JSON that a person may have damaged; every failure is one sentence that names the file.
class Reader {
 public:
  Reader(std::span<const std::string> rows, const std::string& source) : rows_(rows), source_(source) {}

  Folds read(const json& root) {
    const json& json_folds = root.is_object() && root.contains("folds") ? root["folds"] : root;
    if (!json_folds.is_object()) {
      fail("it is not a JSON object with \"protocol\", \"rows\" and \"repetitions\"");
    }
    Folds folds;
    folds.protocol = protocol(member(json_folds, "protocol"));
    folds.rows.assign(rows_.begin(), rows_.end());
    match_rows(member(json_folds, "rows"));
    const json& repetitions = member(json_folds, "repetitions");
    if (!repetitions.is_array() || repetitions.empty()) {
      fail("\"repetitions\" is not a list with at least one entry");
    }
    for (const json& repetition : repetitions) {
      where_ = fmt::format("in repetition {} ", folds.repetitions.size());
      folds.repetitions.push_back(read_repetition(repetition, folds.protocol));
    }
    return folds;
  }

 private:
  [[noreturn]] void fail(std::string_view cause) const {
    throw Error(fmt::format("The folds in {} can't be used because {}{}; choose folds that were saved for these rows.",
                            source_, where_, cause));
  }

  const json& member(const json& object, const char* name) const {
    if (!object.is_object() || !object.contains(name)) {
      fail(fmt::format("\"{}\" is missing", name));
    }
    return object[name];
  }

  Protocol protocol(const json& value) const {
    const auto named = value.is_string() ? enum_of<Protocol>(value.get<std::string>()) : std::nullopt;
    if (!named) {
      fail(fmt::format("its \"protocol\" is not one of {}", names_text<Protocol>()));
    }
    return *named;
  }

  /// Finds the position of each row in the file.
  void match_rows(const json& names) {
    if (rows_.empty()) {
      fail("there are no rows");
    }
    if (!names.is_array() || !std::ranges::all_of(names, [](const json& name) { return name.is_string(); })) {
      fail("\"rows\" is not a list of names");
    }
    std::map<std::string_view, std::size_t> place;
    for (const json& name : names) {
      const auto& text = name.get_ref<const std::string&>();
      if (!place.try_emplace(text, place.size()).second) {
        fail(fmt::format("\"rows\" names \"{}\" twice", text));
      }
    }
    std::size_t missing = 0;
    std::string example;
    for (const std::string& row : rows_) {
      const auto found = place.find(row);
      if (found == place.end()) {
        example = missing++ == 0 ? row : example;
      } else {
        place_.push_back(found->second);
        place.erase(found);
      }
    }
    if (missing > 0) {
      fail(fmt::format("{} of the {} rows are not in it, such as \"{}\"", missing, rows_.size(), example));
    }
    if (!place.empty()) {
      fail(fmt::format("{} of its {} rows do not exist here, such as \"{}\"", place.size(), names.size(),
                       place.begin()->first));
    }
  }

  /// Integers from `least` to `most`, one per row, in the order of the rows at hand.
  std::vector<int> numbers(const json& list, std::string_view name, int least, int most) const {
    if (!list.is_array() || list.size() != rows_.size()) {
      fail(fmt::format("{} is not a list of {} numbers, one per row", name, rows_.size()));
    }
    std::vector<int> result;
    for (const std::size_t place : place_) {
      const json& value = list[place];
      // An unsigned number beyond 63 bits reads as negative here, thus as out of range.
      const auto number = value.is_number_integer() ? value.get<std::int64_t>() : std::int64_t{least} - 1;
      if (number < least || number > most) {
        fail(fmt::format("{} holds {} instead of a whole number from {} to {}", name, value.dump(), least, most));
      }
      result.push_back(static_cast<int>(number));
    }
    return result;
  }

  /// Folds are 0 .. K-1, none empty, at least two. @return K.
  int count_folds(const std::vector<int>& folds, std::string_view name) const {
    std::vector<bool> seen(static_cast<std::size_t>(std::ranges::max(folds)) + 1);
    for (const int fold : folds) {
      seen[static_cast<std::size_t>(fold)] = true;
    }
    const auto empty = std::ranges::find(seen, false);
    if (empty != seen.end()) {
      fail(fmt::format("fold {} of {} has no rows", empty - seen.begin(), name));
    }
    if (seen.size() < 2) {
      fail(fmt::format("{} has fewer than two folds", name));
    }
    return static_cast<int>(seen.size());
  }

  Repetition read_repetition(const json& object, Protocol protocol) const {
    const json& seed = member(object, "seed");
    if (!seed.is_number_integer() || seed.get<std::int64_t>() < 0 || seed.get<std::int64_t>() > UINT32_MAX) {
      fail("\"seed\" is not a whole number from 0 to 4294967295");
    }
    Repetition repetition{.seed = seed.get<std::uint32_t>(), .splits = {}};
    if (protocol == Protocol::Paper) {
      const std::vector<int> test = numbers(member(object, "test"), "\"test\"", 0, 1);
      repetition.splits.push_back(split(test, 1, nullptr));
      return repetition;
    }
    const std::vector<int> outer = numbers(member(object, "outer"), "\"outer\"", 0, last_row());
    const int count = count_folds(outer, "\"outer\"");
    const json& inner = member(object, "inner");
    if (!inner.is_array() || inner.size() != static_cast<std::size_t>(count)) {
      fail(fmt::format("\"inner\" is not a list of {} lists, one per outer fold", count));
    }
    for (int k = 0; k < count; ++k) {
      repetition.splits.push_back(split(outer, k, &inner[static_cast<std::size_t>(k)]));
    }
    return repetition;
  }

  Split split(const std::vector<int>& fold, int held, const json* inner_list) const {
    const std::string name = fmt::format("list {} of \"inner\"", held);
    const std::vector<int> inner =
        inner_list != nullptr ? numbers(*inner_list, name, -1, last_row()) : std::vector<int>();
    Split result;
    for (std::size_t row = 0; row < fold.size(); ++row) {
      const bool test = fold[row] == held;
      if (inner_list != nullptr && test != (inner[row] == -1)) {
        fail(
            fmt::format("{} must be -1 just where \"outer\" is {}, and is not for row \"{}\"", name, held, rows_[row]));
      }
      (test ? result.test : result.train).push_back(static_cast<int>(row));
      if (!test && inner_list != nullptr) {
        result.inner.push_back(inner[row]);
      }
    }
    if (result.test.empty() || result.train.empty()) {
      fail(result.test.empty() ? "no row is held out" : "every row is held out");
    }
    if (inner_list != nullptr) {
      count_folds(result.inner, name);
    }
    return result;
  }

  int last_row() const { return static_cast<int>(rows_.size()) - 1; }

  std::span<const std::string> rows_;
  const std::string& source_;
  std::string where_;              ///< the repetition being read, for messages
  std::vector<std::size_t> place_; ///< of each row at hand in the file
};

json repetition_to_json(const Repetition& repetition, Protocol protocol, std::size_t rows) {
  std::vector<int> outer(rows);
  json inner = json::array();
  for (std::size_t k = 0; k < repetition.splits.size(); ++k) {
    const Split& split = repetition.splits[k];
    for (const int row : split.test) {
      outer[static_cast<std::size_t>(row)] = protocol == Protocol::Paper ? 1 : static_cast<int>(k);
    }
    std::vector<int> inner_fold(rows, -1);
    for (std::size_t i = 0; i < split.inner.size(); ++i) {
      inner_fold[static_cast<std::size_t>(split.train[i])] = split.inner[i];
    }
    inner.push_back(inner_fold);
  }
  if (protocol == Protocol::Paper) {
    return {{"seed", repetition.seed}, {"test", outer}};
  }
  return {{"seed", repetition.seed}, {"outer", outer}, {"inner", std::move(inner)}};
}

} // namespace

json to_json(const Folds& folds) {
  json repetitions = json::array();
  for (const Repetition& repetition : folds.repetitions) {
    repetitions.push_back(repetition_to_json(repetition, folds.protocol, folds.rows.size()));
  }
  return {{"protocol", text_of(folds.protocol)}, {"rows", folds.rows}, {"repetitions", std::move(repetitions)}};
}

Folds folds_from_json(const json& json, std::span<const std::string> rows, const std::string& source) {
  return Reader(rows, source).read(json);
}

} // namespace scalescope
