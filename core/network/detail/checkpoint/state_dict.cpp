#include "core/network/detail/checkpoint/state_dict.h"

#include "core/base/error.h"
#include "core/network/detail/checkpoint/state_dict_safetensors.h"
#include "core/network/detail/checkpoint/state_dict_stream.h"
#include "core/network/detail/checkpoint/state_dict_zip.h"
#include "core/network/detail/loading/unreadable.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

namespace scalescope {

namespace fs = std::filesystem;

namespace {

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](unsigned char c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f'; });
}

std::ifstream open(const fs::path& file) {
  std::error_code none;
  const fs::file_status status = fs::status(file, none);
  if (!fs::exists(status))
    throw Unreadable("does not exist", "check its name");
  if (!fs::is_regular_file(status))
    throw Unreadable("is not a file but a folder or a device", "name a checkpoint");
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw Unreadable("can't be opened (" + std::generic_category().message(errno) + ")", "check its permissions");
  return in;
}

StateDict read_by_first_bytes(const fs::path& file, std::vector<std::string>& notes) {
  std::ifstream in = open(file);
  std::string head(512, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  in.clear();
  in.seekg(0);
  const std::uint64_t size = fs::file_size(file);

  if (head.empty())
    throw Unreadable("is empty", "copy or download it again");
  if (head.starts_with("PK\x03\x04"))
    return checkpoint::read_zip(checkpoint::ZipEntries(file), notes);
  if (head.size() > 8 && head[8] == '{' && !is_text(head))
    return checkpoint::read_safetensors(in, size);
  if (head[0] == '\x80')
    return checkpoint::read_stream(in, size, notes);
  if (is_text(head))
    throw Unreadable("is a text file, not a checkpoint", "name a .pth, .pt or .safetensors file with weights");
  throw Unreadable("is not a checkpoint: it begins neither like torch.save's files nor like .safetensors",
                   "name a .pth, .pt or .safetensors file with weights");
}

/// The prefix that DataParallel adds to every name.
constexpr std::string_view prefix = "module.";

void strip_prefix(StateDict& weights, std::vector<std::string>& notes) {
  if (std::all_of(weights.begin(), weights.end(), [](const auto& entry) { return entry.first.starts_with(prefix); })) {
    for (auto& [name, tensor] : weights)
      name.erase(0, prefix.size());
    notes.emplace_back("The 'module.' in front of the names of all its tensors was left out.");
  }
}

} // namespace

StateDict read_state_dict(const fs::path& file, std::vector<std::string>* notes) {
  try {
    std::vector<std::string> said;
    StateDict weights = read_by_first_bytes(file, said);
    if (weights.empty())
      throw Unreadable("holds no named tensors", "save the weights with torch.save(model.state_dict(), ...)");
    strip_prefix(weights, said);
    if (notes != nullptr)
      notes->insert(notes->end(), said.begin(), said.end());
    return weights;
  } catch (const Unreadable& reason) {
    throw Error(file.string() + " " + reason.what() + ".");
  }
}

} // namespace scalescope
