#include "core/image/tiff_directory.h"

#include "core/image/image_header.h"

namespace scalescope {

using namespace std::string_view_literals;

void throw_cut_off() { throw BadImage("is incomplete: copy or download it again"); }

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size, ByteOrder order) {
  if (at > bytes.size() || size > bytes.size() - at)
    throw_cut_off();
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t next = order == ByteOrder::big ? i : size - 1 - i;
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + next]);
  }
  return value;
}

bool TiffDirectory::starts(std::string_view bytes) {
  return bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) || bytes.starts_with("II+\0"sv) ||
         bytes.starts_with("MM\0+"sv);
}

TiffDirectory::TiffDirectory(std::string_view bytes, std::size_t at) : bytes_(bytes) {
  if (!starts(bytes))
    throw BadImage("has a damaged TIFF header: copy or download it again");
  order_ = bytes[0] == 'M' ? ByteOrder::big : ByteOrder::little;
  is_big_tiff_ = number_at(bytes, 2, 2, order_) == 43;
  const std::size_t directory = at != 0 ? at : number_at(bytes, is_big_tiff_ ? 8 : 4, word(), order_);
  const std::size_t entries_size = is_big_tiff_ ? 8 : 2;
  const std::uint64_t entries = number_at(bytes, directory, entries_size, order_);
  at = directory + entries_size;
  for (std::uint64_t i = 0; i < entries; ++i, at += 4 + 2 * word()) {
    const auto tag = static_cast<TiffTag>(number_at(bytes, at, 2, order_));
    const std::uint64_t type = number_at(bytes, at + 2, 2, order_);
    const std::uint64_t count = number_at(bytes, at + 4, word(), order_);
    std::size_t value = at + 4 + word();
    (void)number_at(bytes, value, word(), order_); // the entry lies within the bytes
    stored_.try_emplace(tag, bytes.substr(at, 4 + 2 * word()));
    const std::size_t size = type == 1 ? 1 : type == 3 ? 2 : type == 4 || type == 13 ? 4 : type == 16 ? 8 : 0;
    if (size == 0) // not an unsigned integer: not one of the requested tags
      continue;
    if (count > word() / size)
      value = number_at(bytes, value, word(), order_);
    if (value > bytes.size() || count > (bytes.size() - value) / size)
      throw_cut_off();
    entries_.try_emplace(tag, Entry{size, count, value});
  }
  end_ = at;
}

std::uint64_t TiffDirectory::count(TiffTag tag) const {
  const auto found = entries_.find(tag);
  return found == entries_.end() ? 0 : found->second.count;
}

std::optional<std::uint64_t> TiffDirectory::number(TiffTag tag, std::uint64_t i) const {
  const auto found = entries_.find(tag);
  if (found == entries_.end() || i >= found->second.count)
    return std::nullopt;
  return number_at(bytes_, found->second.at + i * found->second.size, found->second.size, order_);
}

std::size_t TiffDirectory::next() const { return number_at(bytes_, end_, word(), order_); }

std::string TiffDirectory::written(std::uint64_t number, std::size_t size) const {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    text[order_ == ByteOrder::little ? i : size - 1 - i] = static_cast<char>(number >> 8 * i);
  return text;
}

std::string TiffDirectory::with(const std::map<TiffTag, std::vector<std::uint16_t>>& changes) const {
  std::string file(bytes_);
  std::map<TiffTag, std::string> entries(stored_.begin(), stored_.end());
  for (const auto& [tag, numbers] : changes) {
    std::string values;
    for (const std::uint16_t number : numbers)
      values += written(number, 2);
    if (values.size() > word()) {
      file.resize(file.size() + file.size() % 2);
      const std::size_t at = file.size();
      file += values;
      values = written(at, word());
    }
    values.resize(word());
    const std::uint64_t whole_numbers = 3; // of 16 bits
    entries[tag] = written(static_cast<std::uint16_t>(tag), 2) + written(whole_numbers, 2) +
                   written(numbers.size(), word()) + values;
  }
  file.resize((file.size() + 7) / 8 * 8);
  const std::size_t start = file.size();
  file += written(entries.size(), is_big_tiff_ ? 8 : 2);
  for (const auto& [tag, entry] : entries)
    file += entry;
  file += written(0, word());
  file.replace(is_big_tiff_ ? 8 : 4, word(), written(start, word()));
  return file;
}

} // namespace scalescope
