#include "core/base/files.h"

#include "core/base/error.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>
#include <system_error>
#include <vector>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

/// Opens only regular files: opening a FIFO, for example, would wait forever.
std::unique_ptr<std::FILE, int (*)(std::FILE*)> open_to_read(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(fmt::format("'{}' does not exist: check the name.", file.string()));
  if (fs::is_directory(status))
    throw Error(fmt::format("'{}' is a folder where a file is needed: name a file in it.", file.string()));
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw Error(fmt::format("'{}' is a device or a pipe where a file is needed: name a file.", file.string()));
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"), &std::fclose);
  if (!stream)
    throw Error(fmt::format("'{}' can't be opened ({}): check its permissions.", file.string(),
                            std::generic_category().message(errno)));
  return stream;
}

template <typename Use>
void read_in_pieces(const fs::path& file, Use use) {
  const auto stream = open_to_read(file);
  std::vector<char> piece(std::size_t{1} << 18);
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), stream.get()))
    use(std::string_view(piece.data(), n));
  if (std::ferror(stream.get()) != 0)
    throw Error(fmt::format("'{}' can't be read to its end ({}): check its disk.", file.string(),
                            std::generic_category().message(errno)));
}

class Sha256 {
 public:
  Sha256() { check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }

  void add(std::string_view bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }

  [[nodiscard]] std::string digits() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
    return fmt::format("{:02x}", fmt::join(digest, digest + size, ""));
  }

 private:
  static void check(bool ok) {
    if (!ok)
      throw Error("OpenSSL's libcrypto has no SHA-256: check its configuration (OPENSSL_CONF).");
  }

  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

} // namespace

std::string read_file(const fs::path& file) {
  std::string bytes;
  try {
    std::error_code unknown; // if the size is unknown, the string grows while it is filled
    const auto size = fs::file_size(file, unknown);
    if (!unknown)
      bytes.reserve(size);
    read_in_pieces(file, [&](std::string_view piece) { bytes += piece; });
  } catch (const std::bad_alloc&) {
    throw Error(fmt::format("'{}' does not fit into memory: name a smaller file.", file.string()));
  } catch (const std::length_error&) {
    throw Error(fmt::format("'{}' does not fit into memory: name a smaller file.", file.string()));
  }
  return bytes;
}

std::string sha256_of_file(const fs::path& file) {
  Sha256 hash;
  read_in_pieces(file, [&](std::string_view piece) { hash.add(piece); });
  return hash.digits();
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.digits();
}

} // namespace scalescope
