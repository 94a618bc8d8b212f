#pragma once
// The bytes of a pickle, with limits.

#include "core/network/detail/checkpoint/pickle.h"
#include "core/network/detail/loading/unreadable.h"

#include <cstdint>
#include <istream>
#include <string>

namespace scalescope::pickle {

[[nodiscard]] inline Unreadable too_large() {
  return {"contains too much besides its tensors", "load it in Python and save its weights alone with "
                                                   "torch.save(model.state_dict(), ...)"};
}

/// The bytes of one pickle.
class Input {
 public:
  explicit Input(std::istream& in) : in_(*in.rdbuf()) {}

  unsigned char byte() {
    spend(1);
    const int c = in_.sbumpc();
    if (c == std::char_traits<char>::eof())
      throw damaged("its pickle has no end");
    return static_cast<unsigned char>(c);
  }

  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return value;
  }

  std::string bytes(std::uint64_t count) {
    spend(count);
    std::string text(count, '\0');
    if (in_.sgetn(text.data(), static_cast<std::streamsize>(count)) != static_cast<std::streamsize>(count))
      throw damaged("its pickle ends within a text");
    return text;
  }

  std::string line() {
    std::string text;
    for (unsigned char c = byte(); c != '\n'; c = byte())
      text.push_back(static_cast<char>(c));
    return text;
  }

 private:
  void spend(std::uint64_t count) {
    if (count > left_)
      throw too_large();
    left_ -= count;
  }

  std::streambuf& in_;
  std::uint64_t left_ = max_bytes;
};

} // namespace scalescope::pickle
