#include "core/network/detail/loading/archive_check.h"

#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict_tensors.h"
#include "core/network/detail/engines/libtorch_engine.h"
#include "core/network/detail/loading/script_source.h"
#include "core/network/detail/loading/unknown_operations.h"
#include "core/network/detail/loading/unreadable.h"

#include <caffe2/serialize/inline_container.h>

#include <fmt/format.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <regex>
#include <sstream>

namespace scalescope {
namespace {

constexpr std::uint64_t most_code = 64U << 20U;
constexpr std::size_t deepest_values = 1000;
constexpr std::size_t most_values = 100'000'000; ///< a value that is held twice counts twice

class Checker {
 public:
  explicit Checker(const std::shared_ptr<Archive>& archive) : archive_(*archive), reader_(archive) {}

  void check() {
    if (archive_.entries().contains("model.json"))
      throw Unreadable("is an archive of PyTorch 1.1 or older, which is not read",
                       "load it in a current PyTorch and save it again with torch.jit.save");
    check_code();
    check_pickle("constants");
    check_pickle("data");
  }

 private:
  void check_code() {
    std::uint64_t left = most_code;
    for (const auto& [name, entry] : archive_.entries()) {
      if (!name.starts_with("code/"))
        continue;
      if (entry.size > left)
        throw Unreadable("holds more than 64 MB of code",
                         "export the network with torch.jit.trace(model.eval(), example)");
      left -= entry.size;
      const std::string code = text_of(name);
      check_script_source(code, name);
      find_unknown_operations(code);
    }
    if (!unknown_.empty())
      throw Unreadable(fmt::format("needs what {} does not have: {}", libtorch_version(), unknown_.said()),
                       "export it with torch.export (.pt2) or as ONNX: then the layers before can be analysed");
  }

  /// Operations that are not LibTorch's, such as ops.torchvision.nms: LibTorch loads all of an archive or nothing.
  void find_unknown_operations(const std::string& code) {
    static const std::regex call(R"(\bclass (\w+)\(|\bops\.(\w+)\.(\w+)\()");
    std::string inside;
    for (std::sregex_iterator at(code.begin(), code.end(), call), end; at != end; ++at) {
      const std::smatch& found = *at;
      if (found[1].matched) {
        inside = found[1];
        continue;
      }
      const std::string name = fmt::format("{}::{}", found[2].str(), found[3].str());
      if (torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name)).empty())
        unknown_.add(name, inside.empty() ? "in a function" : "in the class '" + inside + "'");
    }
  }

  /// `constants.pkl`, whose tensors lie in `constants/`; the same of `data`.
  void check_pickle(const std::string& part) {
    const std::string name = part + ".pkl";
    const auto entry = archive_.entries().find(name);
    if (entry == archive_.entries().end() || entry->second.size > pickle::max_bytes)
      throw damaged(name + (entry == archive_.entries().end() ? " is missing" : " is too large"));
    std::istringstream bytes(text_of(name));
    const pickle::Pickle pickle = pickle::read(bytes, pickle::Dialect::torchscript);
    const pickle::Extent extent = pickle::extent_of(pickle);
    if (extent.depth > deepest_values || extent.size > most_values)
      throw Unreadable("nests what it holds too deeply, or holds too much of it, to be read",
                       "export the network as plain modules");
    for (const auto& [key, storage] : pickle.storages)
      check_storage(part + "/" + key, storage);
    for (const pickle::Object& object : pickle.objects)
      if (const auto* tensor = pickle::as<pickle::Tensor>(&object))
        checkpoint::check_tensor("with storage " + printable(tensor->storage->key), *tensor, archive_.size());
  }

  /// LibTorch trusts the size in the pickle.
  void check_storage(const std::string& name, const pickle::Storage& storage) {
    const std::uint64_t bytes = checkpoint::bytes_of(storage, archive_.size());
    const auto entry = archive_.entries().find(name);
    if (bytes > 0 && (entry == archive_.entries().end() || entry->second.size < bytes))
      throw damaged(printable(name) + " has fewer bytes than its tensors need");
  }

  std::string text_of(const std::string& name) {
    const auto [bytes, size] = reader_.getRecord(name);
    return {static_cast<const char*>(bytes.get()), size};
  }

  const Archive& archive_;
  caffe2::serialize::PyTorchStreamReader reader_;
  UnknownOperations unknown_;
};

} // namespace

void check_archive(const std::shared_ptr<Archive>& archive) { Checker(archive).check(); }

} // namespace scalescope
