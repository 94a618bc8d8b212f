#include "core/network/detail/checkpoint/state_dict_zip.h"

#include "core/network/detail/checkpoint/state_dict_tensors.h"
#include "core/network/detail/loading/unreadable.h"

#include <sstream>

namespace scalescope::checkpoint {

StateDict read_zip(const ZipEntries& archive, std::vector<std::string>& notes) {
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
