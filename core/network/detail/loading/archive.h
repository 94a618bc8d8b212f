#pragma once

#include <caffe2/serialize/read_adapter_interface.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scalescope {

/// A TorchScript archive as LibTorch reads it: the bytes of a zip file with our own table of contents instead of the
/// file's. So LibTorch finds each entry where our check found it, whatever else the file contains. The `.debug_pkl`
/// entries are left out; they only improve error messages.
class Archive : public caffe2::serialize::ReadAdapterInterface {
 public:
  struct Entry {
    std::uint64_t size = 0;   ///< unpacked, in bytes
    std::uint64_t packed = 0; ///< in the file
    std::uint64_t header = 0; ///< where in the file its local header stands
    std::uint32_t crc = 0;
    std::uint16_t method = 0; ///< 0 stored, 8 deflated
  };

  /// @throws Unreadable if the table of contents is damaged or contradicts the size of the file.
  explicit Archive(std::shared_ptr<const caffe2::serialize::ReadAdapterInterface> file);

  /// Entries by name, without their common folder: "data.pkl", "code/__torch__.py", "data/0".
  [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }

  // The bytes that LibTorch reads.
  [[nodiscard]] size_t size() const override { return file_size_ + contents_.size(); }
  size_t read(uint64_t position, void* to, size_t count, const char* what = "") const override;

 private:
  std::shared_ptr<const caffe2::serialize::ReadAdapterInterface> file_;
  std::uint64_t file_size_;
  std::map<std::string, Entry> entries_;
  std::string contents_; ///< the new table of contents, behind the file's bytes
};

} // namespace scalescope
