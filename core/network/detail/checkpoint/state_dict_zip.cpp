#include "core/network/detail/checkpoint/state_dict_zip.h"

#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict_tensors.h"
#include "core/network/detail/loading/unreadable.h"

#include <zip.h>

#include <memory>
#include <optional>
#include <sstream>
#include <unordered_map>

namespace scalescope::checkpoint {

namespace {

std::string cant_be_unpacked(const std::string& name) { return "its entry " + printable(name) + " can't be unpacked"; }

/// The entries of a zip, which torch.save puts into one folder, named without that folder.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& file) : size_(std::filesystem::file_size(file)), zip_(open(file)) {
    const zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* raw = zip_get_name(zip_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      const std::string name = raw ? raw : "";
      if (const auto slash = name.find('/'); slash != std::string::npos)
        entries_.emplace(name.substr(slash + 1), i);
    }
  }

  [[nodiscard]] std::uint64_t file_size() const { return size_; }

  [[nodiscard]] bool contains(const std::string& name) const { return entries_.contains(name); }

  /// Reads a whole entry of `size` bytes.
  void read(const std::string& name, char* bytes, std::uint64_t size) const {
    const zip_stat_t status = status_of(name);
    if (status.size != size)
      throw damaged(name + " has " + std::to_string(status.size) + " bytes instead of " + std::to_string(size));
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> entry(zip_fopen_index(zip_.get(), status.index, 0),
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
      throw damaged("the checksum (CRC) of " + name + " is wrong");
  }

  [[nodiscard]] std::string read(const std::string& name) const {
    const std::uint64_t size = status_of(name).size;
    if (size > size_)
      throw damaged(name + " is larger than the file");
    std::string bytes(size, '\0');
    read(name, bytes.data(), size);
    return bytes;
  }

 private:
  using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;

  static Zip open(const std::filesystem::path& file) {
    int code = 0;
    Zip zip(zip_open(file.c_str(), ZIP_RDONLY, &code), &zip_discard);
    if (!zip)
      throw damaged("its zip archive has no readable table of contents");
    return zip;
  }

  [[nodiscard]] zip_stat_t status_of(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end())
      throw damaged(name + " is missing from its zip archive");
    zip_stat_t status;
    constexpr zip_uint64_t needed = ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(zip_.get(), static_cast<zip_uint64_t>(found->second), 0, &status) != 0 ||
        (status.valid & needed) != needed)
      throw damaged(cant_be_unpacked(name));
    if (status.comp_method != ZIP_CM_STORE)
      throw Unreadable("is a compressed zip, which torch.save does not write", "save it again with torch.save");
    return status;
  }

  std::uint64_t size_;
  Zip zip_;
  std::unordered_map<std::string, zip_int64_t> entries_;
};

} // namespace

StateDict read_zip(const std::filesystem::path& file, std::vector<std::string>& notes) {
  const Archive archive(file);
  if (archive.contains("constants.pkl"))
    throw Unreadable("is a TorchScript archive, not a checkpoint of weights", "open it as a model");
  if (!archive.contains("data.pkl"))
    throw Unreadable("is a zip archive that torch.save did not write (it has no data.pkl)",
                     "save the weights with torch.save(model.state_dict(), ...)");
  if (archive.contains("byteorder") && archive.read("byteorder") == "big")
    throw Unreadable("was written on a big-endian machine", "load and save it again on a little-endian one");

  std::istringstream bytes(archive.read("data.pkl"));
  const pickle::Pickle pickle = pickle::read(bytes);
  return named_tensors(pickle, archive.file_size(), notes, [&](const pickle::Storage& storage, char* to) {
    archive.read("data/" + storage.key, to, bytes_of(storage, archive.file_size()));
  });
}

} // namespace scalescope::checkpoint
