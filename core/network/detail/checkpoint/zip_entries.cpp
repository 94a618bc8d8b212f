#include "core/network/detail/checkpoint/zip_entries.h"

#include "core/base/text.h"
#include "core/network/detail/loading/unreadable.h"

#include <algorithm>

namespace scalescope::checkpoint {
namespace {

using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;

std::string cant_be_unpacked(const std::string& name) { return "its entry " + printable(name) + " can't be unpacked"; }

Zip checked(zip_t* zip) {
  if (zip == nullptr)
    throw damaged("its zip archive has no readable table of contents");
  return {zip, &zip_discard};
}

Zip open(const std::filesystem::path& file) {
  int code = 0;
  return checked(zip_open(file.c_str(), ZIP_RDONLY, &code));
}

Zip open(const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (zip == nullptr && source != nullptr)
    zip_source_free(source);
  zip_error_fini(&error);
  return checked(zip);
}

} // namespace

ZipEntries::ZipEntries(const std::filesystem::path& file) : size_(std::filesystem::file_size(file)), zip_(open(file)) {
  list();
}

ZipEntries::ZipEntries(std::shared_ptr<const std::string> bytes)
    : bytes_(std::move(bytes)), size_(bytes_->size()), zip_(open(*bytes_)) {
  list();
}

void ZipEntries::list() {
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(zip_.get(), 0));
  const auto name_of = [&](zip_uint64_t i) {
    const char* raw = zip_get_name(zip_.get(), i, ZIP_FL_ENC_RAW);
    return std::string(raw == nullptr ? "" : raw);
  };
  const std::string first = count == 0 ? "" : name_of(0);
  std::string folder = first.substr(0, first.find('/') + 1);
  for (zip_uint64_t i = 0; i < count; ++i)
    if (!name_of(i).starts_with(folder))
      folder.clear();
  for (zip_uint64_t i = 0; i < count; ++i)
    entries_.emplace(name_of(i).substr(folder.size()), i);
}

static zip_stat_t status_of(zip_t* zip, zip_uint64_t index, const std::string& name, bool may_be_packed) {
  zip_stat_t status;
  constexpr zip_uint64_t needed = ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
  if (zip_stat_index(zip, index, 0, &status) != 0 || (status.valid & needed) != needed)
    throw damaged(cant_be_unpacked(name));
  if (status.comp_method != ZIP_CM_STORE && !(may_be_packed && status.comp_method == ZIP_CM_DEFLATE))
    throw Unreadable("is a compressed zip, which PyTorch does not write", "save it again with PyTorch");
  return status;
}

std::uint64_t ZipEntries::size_of(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw damaged(printable(name) + " is missing from its zip archive");
  return status_of(zip_.get(), found->second, name, most_times > 0).size;
}

std::string ZipEntries::read(const std::string& name, std::uint64_t most) const {
  const std::uint64_t size = size_of(name);
  if (size > (most > 0 ? most : std::max<std::uint64_t>(1, most_times) * size_))
    throw damaged(printable(name) + " is too large");
  std::string bytes(size, '\0');
  read(name, bytes.data(), size);
  return bytes;
}

void ZipEntries::read(const std::string& name, char* bytes, std::uint64_t size) const {
  if (const std::uint64_t there = size_of(name); there != size)
    throw damaged(printable(name) + " has " + std::to_string(there) + " bytes instead of " + std::to_string(size));
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> entry(zip_fopen_index(zip_.get(), entries_.at(name), 0),
                                                                 &zip_fclose);
  if (!entry)
    throw damaged(cant_be_unpacked(name));
  std::uint64_t done = 0;
  while (done < size) {
    const zip_int64_t got = zip_fread(entry.get(), bytes + done, size - done);
    if (got <= 0)
      throw damaged(cant_be_unpacked(name));
    done += static_cast<std::uint64_t>(got);
  }
  char end = 0; // libzip compares the checksum when it meets the end
  if (zip_fread(entry.get(), &end, 1) != 0)
    throw damaged("the checksum (CRC) of " + printable(name) + " is wrong");
}

} // namespace scalescope::checkpoint
