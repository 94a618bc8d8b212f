#include "datasets/detail/json_file.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>

namespace scalescope {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// The bytes of a file in parts, with null for NaN, Infinity and -Infinity outside of texts.
class Bytes {
 public:
  Bytes(const fs::path& file, const std::function<void(std::size_t, std::size_t)>& step)
      : file_(file), step_(step), stream_(std::fopen(file.c_str(), "rb"), &std::fclose) {
    std::error_code error;
    size_ = fs::file_size(file, error);
    if (!stream_ || error)
      throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", file.string(),
                              error ? error.message() : std::generic_category().message(errno)));
  }

  /// The byte at which the parser is.
  [[nodiscard]] const char& here() const { return *at_; }
  /// Goes to the next byte. @return false at the end.
  bool advance() {
    ++at_;
    return at_ < ready_.data() + ready_.size() || refill();
  }
  /// Makes the next part ready. @return false at the end.
  bool refill() {
    lines_ += static_cast<std::size_t>(std::ranges::count(ready_, '\n'));
    ready_.clear();
    while (ready_.empty() && !is_at_end_) {
      read_part();
      replace_words();
    }
    at_ = ready_.data();
    return !ready_.empty();
  }

  /// The line of the byte at which the parser is, from 1.
  [[nodiscard]] std::size_t line() const {
    return 1 + lines_ + static_cast<std::size_t>(std::count(ready_.data(), at_, '\n'));
  }

 private:
  void read_part() {
    const std::size_t kept = raw_.size();
    raw_.resize(kept + part_size);
    const std::size_t read = std::fread(raw_.data() + kept, 1, part_size, stream_.get());
    if (read == 0 && std::ferror(stream_.get()) != 0)
      throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", file_.string(),
                              std::generic_category().message(errno)));
    raw_.resize(kept + read);
    is_at_end_ = read == 0;
    if (done_ == 0 && raw_.starts_with("\xEF\xBB\xBF"))
      raw_.erase(0, 3);
    done_ += read;
    if (read > 0 && step_)
      step_(done_, size_);
  }

  /// Moves what was read to what is ready, except the last bytes of a part, which may be the beginning of a word.
  void replace_words() {
    constexpr std::size_t longest = std::string_view("-Infinity").size();
    const std::string_view raw = raw_;
    const std::size_t end = is_at_end_ ? raw.size() : raw.size() - std::min(raw.size(), longest);
    std::size_t at = 0;
    while (at < end) {
      const std::size_t next = std::min(raw.find_first_of(in_text_ ? "\"\\" : "\"-NI", at), end);
      ready_.append(raw, at, next - at);
      at = next;
      if (at == end)
        break;
      const std::string_view rest = raw.substr(at);
      std::size_t length = 1;
      if (in_text_ && rest[0] == '\\')
        length = std::min<std::size_t>(2, rest.size());
      else if (rest[0] == '"')
        in_text_ = !in_text_;
      else
        for (const std::string_view word : {"NaN", "Infinity", "-Infinity"})
          if (rest.starts_with(word)) {
            ready_ += "null";
            at += word.size();
            length = 0;
          }
      ready_.append(raw, at, length);
      at += length;
    }
    raw_.erase(0, at);
  }

  static constexpr std::size_t part_size = 1 << 18;

  const fs::path& file_;
  const std::function<void(std::size_t, std::size_t)>& step_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
  std::string raw_;   ///< read, but not ready
  std::string ready_; ///< for the parser
  const char* at_ = ready_.data();
  std::size_t lines_ = 0; ///< before those that are ready
  std::size_t done_ = 0;
  std::size_t size_ = 0;
  bool is_at_end_ = false;
  bool in_text_ = false;
};

/// The bytes as nlohmann's parser takes them.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor() = default; ///< the end
  explicit Cursor(Bytes& bytes) : bytes_(bytes.refill() ? &bytes : nullptr) {}

  reference operator*() const { return bytes_->here(); }
  Cursor& operator++() {
    if (!bytes_->advance())
      bytes_ = nullptr;
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(const Cursor& other) const { return bytes_ == other.bytes_; }

 private:
  Bytes* bytes_ = nullptr;
};

/// Calls `parse` with both ends of the file.
template <typename Parse>
auto parsed(const fs::path& file, const std::function<void(std::size_t, std::size_t)>& step, const Parse& parse) {
  Bytes bytes(file, step);
  try {
    return parse(Cursor(bytes), Cursor());
  } catch (const json::parse_error&) {
    throw Error(fmt::format("{}: not valid JSON: it is incomplete or malformed near line {}; repair the file",
                            file.string(), bytes.line()));
  } catch (const json::exception&) {
    throw Error(fmt::format("{}: not valid JSON: it holds a number that is too large; repair the file", file.string()));
  }
}

/// Tells the keys of the first levels to a function until that has heard enough, or the file is clearly another.
class KeyScan : public nlohmann::json_sax<json> {
 public:
  explicit KeyScan(const std::function<bool(int, const std::string&)>& knows) : knows_(knows) {}

  bool null() override { return goes_on(); }
  bool boolean(bool /*value*/) override { return goes_on(); }
  bool number_integer(std::int64_t /*value*/) override { return goes_on(); }
  bool number_unsigned(std::uint64_t /*value*/) override { return goes_on(); }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return goes_on(); }
  bool string(std::string& /*value*/) override { return goes_on(); }
  bool binary(json::binary_t& /*value*/) override { return goes_on(); }
  bool start_object(std::size_t /*elements*/) override {
    ++depth_;
    return goes_on();
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    ++depth_;
    return depth_ != 1 || knows("");
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(std::string& name) override { return knows(name); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const json::exception& /*error*/) override {
    return false;
  }

  bool found = false;

 private:
  bool goes_on() { return ++values_ < most_scanned_values; }
  bool knows(const std::string& key) {
    found = found || knows_(depth_, key);
    return !found;
  }

  const std::function<bool(int, const std::string&)>& knows_;
  int depth_ = 0;
  int values_ = 0;
};

} // namespace

json read_json(const fs::path& file) {
  return parsed(file, {}, [](Cursor begin, Cursor end) { return json::parse(begin, end); });
}

std::vector<std::string> read_json_entries(const fs::path& file, const JsonEntries& entries) {
  std::vector<std::string> lists;
  std::string key;
  int list_depth = -1; // no list
  const auto take = [&](int depth, json::parse_event_t event, json& value) {
    using Event = json::parse_event_t;
    if (depth == 1 && event == Event::key) {
      key = value.get_ref<const std::string&>();
    } else if (event == Event::array_start && depth <= 1 && list_depth < 0) {
      list_depth = depth;
      lists.push_back(key);
    } else if (event == Event::array_end && depth == list_depth) {
      list_depth = -1;
    } else if (list_depth >= 0 && depth == list_depth + 1 &&
               (event == Event::object_end || event == Event::array_end || event == Event::value)) {
      entries.in_list(key, value);
      return false; // it is not kept
    }
    return true;
  };
  parsed(file, entries.step, [&](Cursor begin, Cursor end) { return json::parse(begin, end, take).is_null(); });
  return lists;
}

void read_json_members(const fs::path& file, const std::string& under,
                       const std::function<void(const std::string&, const json&)>& take,
                       const std::function<void(std::size_t, std::size_t)>& step) {
  const bool is_under =
      scan_json_keys(file, [&](int depth, const std::string& key) { return depth == 1 && key == under; });
  const int member_depth = is_under ? 2 : 1;
  std::array<std::string, 3> keys; // of the outer levels
  const auto hand_over = [&](int depth, json::parse_event_t event, json& value) {
    const auto level = static_cast<std::size_t>(depth);
    if (event == json::parse_event_t::key && level < keys.size())
      keys[level] = value.get_ref<const std::string&>();
    if (event != json::parse_event_t::object_end || depth != member_depth || (depth == 2 && keys[1] != under))
      return true;
    take(keys[level], value);
    return false; // it is not kept
  };
  parsed(file, step, [&](Cursor begin, Cursor end) { return json::parse(begin, end, hand_over).is_null(); });
}

bool scan_json_keys(const fs::path& file, const std::function<bool(int, const std::string&)>& knows) {
  KeyScan scan(knows);
  const std::function<void(std::size_t, std::size_t)> no_step;
  Bytes bytes(file, no_step);
  json::sax_parse(Cursor(bytes), Cursor(), &scan);
  return scan.found;
}

std::optional<double> json_number(const json& value) {
  if (value.is_number())
    return value.get<double>();
  if (value.is_string())
    return parse_number(value.get_ref<const std::string&>());
  return std::nullopt;
}

const json& json_at(const json& object, const char* key) {
  static const json nothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : nothing;
}

std::string json_text(const json& object, const char* key) {
  const json& value = json_at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::vector<double> json_numbers(const json& list, const char* key) {
  std::vector<double> numbers;
  for (const json& value : list)
    if (const std::optional<double> number = json_number(value))
      numbers.push_back(*number);
    else
      throw Error(fmt::format("its \"{}\" holds {:.40}, which is not a number; correct the entry or remove it", key,
                              value.is_structured() ? std::string("a list") : printable(value.dump())));
  return numbers;
}

} // namespace scalescope
