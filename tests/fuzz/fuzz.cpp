// libFuzzer's program for the reader SCALESCOPE_READER.

#include "tests/fuzz/parts.h"
#include "tests/fuzz/readers.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

using nlohmann::json;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

/// Values that readers forget.
json odd_value(std::mt19937& random) {
  static const json all = {nullptr,
                           true,
                           -1,
                           0,
                           1,
                           2,
                           3,
                           64,
                           std::int64_t{1} << 40,
                           INT64_MIN,
                           INT64_MAX,
                           UINT64_MAX,
                           1e300,
                           -0.5,
                           "",
                           "a",
                           "\x1b[31m\n",
                           "../../a",
                           std::string(3000, 'x'),
                           json::array(),
                           json::object(),
                           json::array({1, 2, 3}),
                           {{"as_int", 5}},
                           {{"as_none", true}}};
  return all[random() % all.size()];
}

json* random_place(json& whole, std::mt19937& random) {
  json* at = &whole;
  while (at->is_structured() && !at->empty() && random() % 8 != 0)
    at = &*std::next(at->begin(), static_cast<std::ptrdiff_t>(random() % at->size()));
  return at;
}

void change(json& whole, std::mt19937& random) {
  json& place = *random_place(whole, random);
  switch (random() % 6) {
  case 0:
    place = odd_value(random);
    break;
  case 1:
    place = json(*random_place(whole, random));
    break;
  case 2:
    if (place.is_structured() && !place.empty())
      place.erase(std::next(place.begin(), static_cast<std::ptrdiff_t>(random() % place.size())));
    break;
  case 3:
    if (place.is_array() && !place.empty())
      place.push_back(json(place[random() % place.size()]));
    break;
  case 4:
    if (place.is_number_integer())
      place = place.get<std::int64_t>() ^ std::int64_t{1} << random() % 63;
    else if (place.is_array() && place.size() > 1)
      std::swap(place[random() % place.size()], place[random() % place.size()]);
    break;
  default:
    if (place.is_string()) {
      std::string text = place.get<std::string>();
      const std::size_t size = text.size();
      text.resize(size + 8);
      text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
      place = text;
    } else {
      place = odd_value(random);
    }
  }
}

} // namespace

/// Half of the time it changes a value of JSON, because nearly all other changes only make it none.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  Parts parts = parts_of(std::string(reinterpret_cast<char*>(data), size));
  if (parts.empty() || random() % 4 == 0)
    return LLVMFuzzerMutate(data, size, most);
  std::string& content = parts[random() % parts.size()].second;
  json whole = json::parse(content, nullptr, false);
  if (whole.is_structured()) {
    for (unsigned times = 1 + random() % 3; times > 0; --times)
      change(whole, random);
    content = whole.dump(-1, ' ', false, json::error_handler_t::ignore);
  } else {
    const std::size_t before = content.size();
    content.resize(before + 16);
    content.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(content.data()), before, content.size()));
  }
  const std::string changed = input_of(parts);
  if (changed.size() > most)
    return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::string said = read_as(SCALESCOPE_READER, input);
  const std::string fault = said.empty() ? "" : fault_of(said, input);
  if (!fault.empty()) {
    std::fprintf(stderr, "The sentence\n%s\nis wrong: %s\n", said.c_str(), fault.c_str());
    std::abort();
  }
  return 0;
}
