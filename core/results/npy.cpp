#include "core/results/npy.h"

#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <cstring>

namespace scalescope {

std::string to_npy(std::span<const float> values, std::int64_t rows, std::int64_t columns) {
  static_assert(std::endian::native == std::endian::little, "the bytes of the floats are written as they lie");
  assert(static_cast<std::int64_t>(values.size()) == rows * columns);
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  // Values start at a multiple of 64 bytes, so that NumPy can map them into memory.
  const std::size_t before = 10; // magic, version, length of the header
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';

  std::string npy("\x93NUMPY\x01\x00", 8);
  npy += static_cast<char>(header.size() & 0xFF);
  npy += static_cast<char>(header.size() >> 8);
  npy += header;
  const std::size_t values_at = npy.size();
  npy.resize(values_at + values.size_bytes());
  if (!values.empty())
    std::memcpy(npy.data() + values_at, values.data(), values.size_bytes());
  return npy;
}

} // namespace scalescope
