#include "core/network/detail/loading/archive.h"

#include "core/base/text.h"
#include "core/network/detail/loading/unreadable.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>
#include <set>

namespace scalescope {
namespace {

// The layout of a zip file: APPNOTE.TXT of PKWARE, 4.3.
constexpr std::uint32_t end_mark = 0x06054b50;
constexpr std::uint32_t end_mark_64 = 0x06064b50;
constexpr std::uint32_t locator_mark_64 = 0x07064b50;
constexpr std::uint32_t entry_mark = 0x02014b50;
constexpr std::uint64_t end_size = 22;
constexpr std::uint64_t end_size_64 = 56;
constexpr std::uint64_t locator_size_64 = 20;
constexpr std::uint64_t entry_size = 46;
constexpr std::uint16_t extra_64 = 1; ///< the field with numbers of 64 bits
constexpr std::uint32_t in_extra = 0xffffffff;

// Far more than any network has; larger numbers are refused, because they would need too much memory.
constexpr std::uint64_t most_contents = 256U << 20U;
constexpr std::uint64_t most_unpacked_times = 20;
constexpr std::uint64_t free_to_unpack = 64U << 20U;

/// Reads little-endian numbers from bytes.
class Numbers {
 public:
  explicit Numbers(std::string bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::uint64_t at(std::uint64_t position, unsigned size) const {
    if (position + size > bytes_.size())
      throw damaged("its table of contents is incomplete");
    std::uint64_t value = 0;
    for (unsigned i = size; i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(bytes_[position + i]);
    return value;
  }
  [[nodiscard]] std::string text(std::uint64_t position, std::uint64_t size) const {
    if (position > bytes_.size() || size > bytes_.size() - position)
      throw damaged("its table of contents is incomplete");
    return bytes_.substr(position, size);
  }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

class Writer {
 public:
  Writer& put(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      bytes_ += static_cast<char>(value >> (8U * i));
    return *this;
  }
  Writer& put(const std::string& text) {
    bytes_ += text;
    return *this;
  }
  [[nodiscard]] std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

struct Contents {
  std::uint64_t position = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

/// Where the table of contents lies. The mark of the end must stand at the very end of the file, as torch.save puts it:
/// in a comment behind it another one could hide.
Contents find_contents(const caffe2::serialize::ReadAdapterInterface& file, std::uint64_t file_size) {
  const auto bytes = [&](std::uint64_t position, std::uint64_t size) {
    std::string text(size, '\0');
    if (position > file_size || size > file_size - position || file.read(position, text.data(), size) != size)
      throw damaged("it ends too early");
    return Numbers(std::move(text));
  };
  if (file_size < end_size)
    throw damaged("its archive has no readable table of contents");
  const Numbers end = bytes(file_size - end_size, end_size);
  if (end.at(0, 4) != end_mark || end.at(20, 2) != 0)
    throw damaged("its archive has no readable table of contents");
  Contents found{end.at(16, 4), end.at(12, 4), end.at(10, 2)};
  if (file_size >= end_size + locator_size_64) {
    const Numbers locator = bytes(file_size - end_size - locator_size_64, locator_size_64);
    if (locator.at(0, 4) == locator_mark_64) {
      const Numbers end_64 = bytes(locator.at(8, 8), end_size_64);
      if (end_64.at(0, 4) != end_mark_64)
        throw damaged("its table of contents is incomplete");
      found = {end_64.at(48, 8), end_64.at(40, 8), end_64.at(32, 8)};
    }
  }
  if (found.position > file_size || found.size > file_size - found.position || found.size > most_contents ||
      found.entries > found.size / entry_size)
    throw damaged("its table of contents lies outside the file");
  return found;
}

/// The numbers that did not fit into 32 bits stand in an extra field, in a fixed order.
void read_extra(const Numbers& contents, std::uint64_t begin, std::uint64_t size, Archive::Entry& entry) {
  for (std::uint64_t at = begin; at + 4 <= begin + size;) {
    const std::uint64_t length = contents.at(at + 2, 2);
    if (contents.at(at, 2) == extra_64) {
      std::uint64_t next = at + 4;
      for (std::uint64_t* number : {&entry.size, &entry.packed, &entry.header})
        if (*number == in_extra) {
          if (next + 8 > at + 4 + length)
            throw damaged("its table of contents is incomplete");
          *number = contents.at(next, 8);
          next += 8;
        }
    }
    at += 4 + length;
  }
}

std::string in_lower_case(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

/// LibTorch ignores case in names: it finds CODE/X.PY for code/x.py. This reader does not, so names must have
/// LibTorch's spelling.
bool is_misspelt(const std::string& name) {
  const std::string lower = in_lower_case(name);
  for (const char* folder : {"code/", "data/", "constants/", "extra/", ".data/"})
    if (lower.starts_with(folder) && !name.starts_with(folder))
      return true;
  for (const char* ending : {".py", ".debug_pkl"})
    if (lower.ends_with(ending) && !name.ends_with(ending))
      return true;
  for (const char* file : {"model.json", "data.pkl", "constants.pkl", "attributes.pkl", "version", "byteorder"})
    if (lower == file && name != file)
      return true;
  return false;
}

void check_entry(const std::string& name, const Archive::Entry& entry, std::uint64_t file_size) {
  const bool stored = entry.method == 0;
  if ((!stored && entry.method != 8) || (stored && entry.packed != entry.size))
    throw damaged(printable(name) + " is packed in a way that torch.save does not use");
  if (entry.header > file_size || entry.packed > file_size - entry.header)
    throw damaged(printable(name) + " lies outside the file");
}

void write_entry(Writer& writer, const std::string& name, const Archive::Entry& entry) {
  Writer extra;
  const auto number = [&](std::uint64_t value) -> std::uint64_t {
    if (value < in_extra)
      return value;
    extra.put(value, 8);
    return in_extra;
  };
  const std::uint64_t size = number(entry.size);
  const std::uint64_t packed = number(entry.packed);
  const std::uint64_t header = number(entry.header);
  std::string field;
  if (!extra.bytes().empty())
    field = Writer().put(extra_64, 2).put(extra.bytes().size(), 2).put(extra.bytes()).bytes();
  writer.put(entry_mark, 4).put(45, 2).put(45, 2).put(0, 2).put(entry.method, 2).put(0, 2).put(0x21, 2);
  writer.put(entry.crc, 4).put(packed, 4).put(size, 4).put(name.size(), 2).put(field.size(), 2).put(0, 2);
  writer.put(0, 2).put(0, 2).put(0, 4).put(header, 4).put(name).put(field);
}

/// The end of a table of contents that begins at `position`.
void write_end(Writer& writer, std::uint64_t position, std::uint64_t entries) {
  const std::uint64_t size = writer.bytes().size();
  const std::uint64_t end = position + size;
  writer.put(end_mark_64, 4).put(end_size_64 - 12, 8).put(45, 2).put(45, 2).put(0, 4).put(0, 4);
  writer.put(entries, 8).put(entries, 8).put(size, 8).put(position, 8);
  writer.put(locator_mark_64, 4).put(0, 4).put(end, 8).put(1, 4);
  writer.put(end_mark, 4).put(0, 2).put(0, 2);
  for (int twice = 0; twice < 2; ++twice)
    writer.put(std::min<std::uint64_t>(entries, 0xffff), 2);
  writer.put(std::min<std::uint64_t>(size, in_extra), 4).put(std::min<std::uint64_t>(position, in_extra), 4).put(0, 2);
}

} // namespace

Archive::Archive(std::shared_ptr<const caffe2::serialize::ReadAdapterInterface> file)
    : file_(std::move(file)), file_size_(file_->size()) {
  const Contents found = find_contents(*file_, file_size_);
  std::string text(found.size, '\0');
  if (file_->read(found.position, text.data(), found.size) != found.size)
    throw damaged("it ends too early");
  const Numbers contents(std::move(text));

  Writer writer;
  std::set<std::string> seen; // LibTorch's zip reader does not tell capitals from small letters
  std::string folder;         // that holds all entries
  std::uint64_t left_to_unpack = free_to_unpack + most_unpacked_times * file_size_;
  for (std::uint64_t at = 0, i = 0; i < found.entries; ++i) {
    if (contents.at(at, 4) != entry_mark)
      throw damaged("its table of contents is incomplete");
    Entry entry{contents.at(at + 24, 4), contents.at(at + 20, 4), contents.at(at + 42, 4),
                static_cast<std::uint32_t>(contents.at(at + 16, 4)),
                static_cast<std::uint16_t>(contents.at(at + 10, 2))};
    const std::uint64_t name_size = contents.at(at + 28, 2);
    const std::uint64_t extra_size = contents.at(at + 30, 2);
    const std::string name = contents.text(at + entry_size, name_size);
    read_extra(contents, at + entry_size + name_size, extra_size, entry);
    at += entry_size + name_size + extra_size + contents.at(at + 32, 2);
    const auto slash = name.find('/');
    if (folder.empty())
      folder = name.substr(0, slash + 1);
    if (slash == std::string::npos || !name.starts_with(folder))
      throw damaged("it does not lie in one folder");
    const std::string own = name.substr(slash + 1);
    if (is_misspelt(own))
      throw damaged(printable(own) + " is spelt with other capitals than torch.jit.save uses");
    if (name.ends_with('/') || name.ends_with(".debug_pkl"))
      continue;
    check_entry(name, entry, file_size_);
    if (name.find('\0') != std::string::npos || !seen.insert(in_lower_case(name)).second)
      throw damaged(printable(name) + " is in it twice");
    if (entry.size > left_to_unpack)
      throw Unreadable("says that it unpacks to more than " + std::to_string(most_unpacked_times) + " times its size",
                       "save it again");
    left_to_unpack -= entry.size;
    entries_[own] = entry;
    write_entry(writer, name, entry);
  }
  write_end(writer, file_size_, seen.size());
  contents_ = std::move(writer.bytes());
}

size_t Archive::read(uint64_t position, void* to, size_t count, const char* what) const {
  if (position >= size())
    return 0;
  count = static_cast<size_t>(std::min<std::uint64_t>(count, size() - position));
  size_t done = 0;
  if (position < file_size_) {
    done = static_cast<size_t>(std::min<std::uint64_t>(count, file_size_ - position));
    done = file_->read(position, to, done, what);
    if (done < count && position + done < file_size_)
      return done;
  }
  std::memcpy(static_cast<char*>(to) + done, contents_.data() + (position + done - file_size_), count - done);
  return count;
}

} // namespace scalescope
