#include "datasets/detail/json_file.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "datasets/detail/annotations.h"

#include <fmt/format.h>

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

/// The bytes of a file, with null for NaN, Infinity and -Infinity outside of texts.
class Bytes {
 public:
  Bytes(const fs::path& file, const std::function<void(std::size_t, std::size_t)>& step)
      : file_(file), step_(step), stream_(std::fopen(file.c_str(), "rb"), &std::fclose) {
    std::error_code error;
    size_ = fs::file_size(file, error);
    if (!stream_ || error)
      throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", file.string(),
                              error ? error.message() : std::generic_category().message(errno)));
    if (peek(0) == '\xEF' && peek(1) == '\xBB' && peek(2) == '\xBF')
      at_ = 3;
  }

  /// The next byte, or -1 at the end.
  int next() {
    if (!replaced_.empty()) {
      const char byte = replaced_.front();
      replaced_.remove_prefix(1);
      return byte;
    }
    const int byte = peek(0);
    if (byte < 0)
      return -1;
    ++at_;
    if (byte == '\n')
      ++line_;
    if (in_text_) {
      in_text_ = escaped_ || byte != '"';
      escaped_ = !escaped_ && byte == '\\';
    } else if (byte == '"') {
      in_text_ = true;
      escaped_ = false;
    } else if (byte == 'N' || byte == 'I' || (byte == '-' && peek(0) == 'I')) {
      for (const std::string_view word : {"aN", "nfinity", "Infinity"})
        if (follows(word)) {
          at_ += word.size();
          replaced_ = "ull";
          return 'n';
        }
    }
    return static_cast<unsigned char>(byte);
  }

  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  /// The byte `ahead` of the next one, -1 beyond the end.
  int peek(std::size_t ahead) {
    if (at_ + ahead >= end_ && !fill(ahead))
      return -1;
    return static_cast<unsigned char>(part_[at_ + ahead]);
  }

  bool follows(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i)
      if (peek(i) != word[i])
        return false;
    return true;
  }

  /// Reads on, and keeps what is not consumed yet.
  bool fill(std::size_t ahead) {
    std::copy(part_.begin() + static_cast<std::ptrdiff_t>(at_), part_.begin() + static_cast<std::ptrdiff_t>(end_),
              part_.begin());
    end_ -= at_;
    at_ = 0;
    const std::size_t read = std::fread(part_.data() + end_, 1, part_.size() - end_, stream_.get());
    if (read == 0 && std::ferror(stream_.get()) != 0)
      throw Error(fmt::format("{}: can't be read: {}; check the path and its permissions", file_.string(),
                              std::generic_category().message(errno)));
    end_ += read;
    done_ += read;
    if (read > 0 && step_)
      step_(done_, size_);
    return ahead < end_;
  }

  const fs::path& file_;
  const std::function<void(std::size_t, std::size_t)>& step_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_;
  std::vector<char> part_ = std::vector<char>(1 << 18);
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::size_t done_ = 0;
  std::size_t size_ = 0;
  std::size_t line_ = 1;
  bool in_text_ = false;
  bool escaped_ = false;
  std::string_view replaced_;
};

/// The bytes as nlohmann's parser takes them.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor() = default;
  explicit Cursor(Bytes& bytes) : bytes_(&bytes) { ++*this; }

  reference operator*() const { return byte_; }
  Cursor& operator++() {
    const int next = bytes_->next();
    byte_ = static_cast<char>(next);
    if (next < 0)
      bytes_ = nullptr;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return bytes_ == other.bytes_; }

 private:
  Bytes* bytes_ = nullptr;
  char byte_ = 0;
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

/// Tells the keys of the first levels to a function until that has heard enough.
class KeyScan : public nlohmann::json_sax<json> {
 public:
  explicit KeyScan(const std::function<bool(int, const std::string&)>& knows) : knows_(knows) {}

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(std::int64_t /*value*/) override { return true; }
  bool number_unsigned(std::uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return true; }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(json::binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override {
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*elements*/) override {
    ++depth_;
    return depth_ != 1 || go_on("");
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(std::string& name) override { return go_on(name); }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const json::exception& /*error*/) override {
    return false;
  }

  bool found = false;

 private:
  bool go_on(const std::string& key) {
    found = found || knows_(depth_, key);
    return !found;
  }

  const std::function<bool(int, const std::string&)>& knows_;
  int depth_ = 0;
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

bool scan_json_keys(const fs::path& file, const std::function<bool(int, const std::string&)>& knows) {
  KeyScan scan(knows);
  Bytes bytes(file, {});
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
