#include "core/network/detail/loading/model_file.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict_safetensors.h"
#include "core/network/detail/engines/torch_error.h"
#include "core/network/detail/graph/finite.h"
#include "core/network/detail/graph/newer_operations.h"
#include "core/network/detail/graph/number_types.h"
#include "core/network/detail/loading/allowed_operations.h"
#include "core/network/detail/loading/archive_check.h"
#include "core/network/detail/loading/assemble.h"
#include "core/network/detail/loading/exported_program.h"
#include "core/network/detail/loading/folder_files.h"
#include "core/network/detail/loading/unreadable.h"
#include "core/network/detail/onnx/read_onnx.h"
#include "core/network/detail/onnx/run_onnx_node.h"

#include <caffe2/serialize/file_adapter.h>
#include <caffe2/serialize/in_memory_adapter.h>
#include <torch/csrc/jit/runtime/print_handler.h>

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>

namespace scalescope {
namespace {

enum class Kind { TorchScript, Exported, Onnx, Checkpoint };

using ZipArchive = std::unique_ptr<zip_t, decltype(&zip_discard)>;

Kind kind_of_zip(const std::string& file) {
  int code = 0;
  const ZipArchive zip(zip_open(file.c_str(), ZIP_RDONLY, &code), zip_discard);
  if (!zip)
    throw Error(fmt::format(
        "{} is damaged or incomplete (its archive has no readable table of contents); copy or download it again.",
        file));
  bool torchscript = false;
  bool checkpoint = false;
  for (zip_int64_t i = 0, n = zip_get_num_entries(zip.get(), 0); i < n; ++i) {
    const char* raw = zip_get_name(zip.get(), static_cast<zip_uint64_t>(i), 0);
    const std::string name = raw == nullptr ? "" : raw;
    torchscript = torchscript || name.ends_with("/constants.pkl") || name.find("/code/") != std::string::npos;
    checkpoint = checkpoint || name.ends_with("/data.pkl");
    if (name.ends_with("/models/model.json") || name == "serialized_exported_program.json")
      return Kind::Exported;
  }
  if (torchscript)
    return Kind::TorchScript;
  if (checkpoint)
    return Kind::Checkpoint;
  throw Error(fmt::format("{} is a zip archive, but neither a TorchScript archive, a torch.export archive nor a "
                          "checkpoint; give a file that torch.jit.save, torch.export.save or torch.save wrote.",
                          file));
}

// Recognised by the first bytes, not by the name, because both kinds are called .pt.
Kind kind_of(const std::filesystem::path& path) {
  const std::string file = path.string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw Error(fmt::format("{} does not exist; check the path of the model.", file));
  if (!std::filesystem::is_regular_file(path, ignored)) // reading a pipe could wait forever
    throw Error(fmt::format("{} is a pipe or a device, not a file; give a network's file.", file));
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw Error(fmt::format("{} can't be read; check its permissions.", file));
  std::string head(16, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  if (head.empty())
    throw Error(fmt::format("{} is empty; copy or download the model again.", file));
  if (head.rfind("PK\x03\x04", 0) == 0)
    return kind_of_zip(file);
  // An ONNX file begins with its version (field 1) and goes on with its exporter, operators or graph.
  const bool onnx = head.size() > 2 && head[0] == '\x08' && head[1] > 0 && head[1] < 32 &&
                    std::string("\x12\x1a\x22\x28\x32\x3a\x42\x72").find(head[2]) != std::string::npos;
  if (onnx || path.extension() == ".onnx")
    return Kind::Onnx;
  const bool pickle = head.size() > 1 && head[0] == '\x80';
  const bool safetensors = head.size() > 8 && head[8] == '{';
  if (pickle || safetensors)
    return Kind::Checkpoint;
  throw Error(fmt::format("{} is not a network that can be opened; give a TorchScript archive (.pt), a torch.export "
                          "archive (.pt2), an ONNX file (.onnx) or a checkpoint (.pth, .pt, .safetensors).",
                          file));
}

// Of an archive that this program made.
Kind kind_of_written(const std::shared_ptr<const std::string>& archive) {
  if (!archive->starts_with("PK"))
    return Kind::Onnx;
  return checkpoint::ZipEntries(archive).contains("models/model.json") ? Kind::Exported : Kind::TorchScript;
}

// The bytes of an archive, from the file or from memory.
std::shared_ptr<caffe2::serialize::ReadAdapterInterface> bytes_of(const ModelSource& source) {
  using namespace caffe2::serialize;
  if (source.archive)
    return std::make_shared<MemoryReadAdapter>(source.archive->data(), static_cast<off_t>(source.archive->size()));
  return std::make_shared<FileAdapter>(source.file.string());
}

// Drops output of the network, because it could contain anything.
void silence_prints() {
  torch::jit::setPrintHandler([](const std::string&) {});
}

// A file without code of its own: torch.export's or ONNX's.
LoadedModel load_exported(const ModelSource& source, Kind kind) {
  const std::string file = source.file.string();
  try {
    ExportedProgram program = kind == Kind::Onnx ? read_onnx(source.file, source.archive)
                              : source.archive   ? read_exported_program(checkpoint::ZipEntries(source.archive))
                                                 : read_exported_program(checkpoint::ZipEntries(source.file));
    LoadedModel loaded;
    loaded.module = std::move(program.module);
    loaded.notes = std::move(program.notes);
    loaded.limits = program.limits;
    loaded.provenance = provenance_from_json(program.provenance);
    loaded.exported = true;
    loaded.ends_early = program.ends_early;
    return loaded;
  } catch (const Unreadable& reason) {
    throw Error(fmt::format("{} {}.", file, reason.what()));
  } catch (const std::exception& e) {
    throw Error(fmt::format("{} is {} that can't be read ({}); it is damaged: copy or export it again.", file,
                            kind == Kind::Onnx ? "an ONNX file" : "a torch.export archive", cause_of(e)));
  }
}

LoadedModel load_torchscript(const ModelSource& source) {
  const std::string file = source.file.string();
  torch::jit::ExtraFilesMap extra{{provenance_file, ""}};
  silence_prints();
  try {
    const auto archive = std::make_shared<Archive>(bytes_of(source));
    check_archive(archive);
    LoadedModel loaded;
    loaded.module = torch::jit::load(archive, c10::kCPU, extra);
    check_operations(loaded.module);
    loaded.provenance = provenance_from_json(extra.at(provenance_file));
    return loaded;
  } catch (const Unreadable& reason) {
    throw Error(fmt::format("{} {}.", file, reason.what()));
  } catch (const std::exception& e) {
    throw Error(
        fmt::format("{} is a TorchScript archive that LibTorch can't load ({}); it is damaged, or was written by "
                    "a PyTorch that is too new for this LibTorch.",
                    file, cause_of(e)));
  }
}

// Behind a weight that is not finite all values are NaN, or hide it: ReLU converts NaN to 0. Infinities in buffers are
// allowed, because masks of attention contain them.
void check_finite(const torch::jit::Module& module, const std::string& name) {
  const auto check = [&](const std::string& tensor_name, const at::Tensor& tensor, bool infinities) {
    if (!tensor.is_floating_point() || at::isfinite(tensor.sum()).item<bool>())
      return; // nearly always, and fast
    const at::Tensor wrong = infinities ? at::isnan(tensor) : at::isfinite(tensor).logical_not();
    if (const auto count = wrong.sum().item<std::int64_t>(); count > 0)
      throw Error(fmt::format("{} can't be used: {} of the {} numbers in its tensor {} are not finite (NaN or "
                              "infinite), as after a failed training; use another checkpoint.",
                              name, count, tensor.numel(), tensor_name));
  };
  for (const auto& parameter : module.named_parameters())
    check(parameter.name, parameter.value, false);
  for (const auto& buffer : module.named_buffers())
    check(buffer.name, buffer.value, true);
}

BuiltIn stated_architecture(const FolderConfig& config) {
  try {
    if (config.library != "timm" && config.library != "transformers") { // of a pruned network
      if (find_architecture(config.architecture) == nullptr)
        throw Error(fmt::format("names the architecture '{}', which is not built in; prune the original again.",
                                for_terminal(config.architecture)));
      return built_in(config.architecture);
    }
    return config.library == "timm" ? timm_architecture(config.architecture, config.arguments)
                                    : transformers_architecture(config.arguments);
  } catch (const Error& e) { // it begins with what is wrong
    throw Error(fmt::format("{} {}", config.file.string(), e.what()));
  }
}

// The tensors of all files of a folder.
StateDict read_weights(const std::filesystem::path& folder, std::vector<std::string>& notes) {
  StateDict all;
  std::set<std::string> names;
  for (const std::filesystem::path& file : weights_of_folder(folder))
    for (auto& [name, tensor] : read_state_dict(file, &notes)) {
      if (!names.insert(name).second)
        throw Error(fmt::format("{} holds the tensor {}, which another file of the folder holds as well; download the "
                                "folder again.",
                                file.string(), for_terminal(name)));
      all.emplace_back(name, std::move(tensor));
    }
  return all;
}

// The whole network of a folder.
Assembled assemble_folder(const FolderConfig& config, const BuiltIn& stated, const StateDict& weights,
                          const std::filesystem::path& folder) {
  Assembled assembled = assemble(weights, folder.string(), "", &stated);
  if (assembled.classes > 0 && config.classes && *config.classes != assembled.classes)
    throw Error(fmt::format("{} says that the network has {} classes, but its weights are those of {}; use the weights "
                            "that belong to it.",
                            config.file.string(), *config.classes, assembled.classes));
  return assembled;
}

LoadedModel load_folder(const ModelSource& source) {
  const std::filesystem::path& folder = source.file;
  LoadedModel loaded;
  loaded.config = read_folder_config(folder, source.folder.get());
  const FolderConfig& config = *loaded.config;
  const BuiltIn stated = stated_architecture(config);
  const StateDict weights = source.folder ? checkpoint::read_safetensors(source.folder->at("model.safetensors"))
                                          : read_weights(folder, loaded.notes);
  Assembled assembled = config.pruned ? assemble_pruned(stated, *config.pruned, weights, folder)
                                      : assemble_folder(config, stated, weights, folder);
  if (config.pruned) {
    loaded.provenance = config.pruned->provenance;
    loaded.notes.push_back(describe(*loaded.provenance));
  }
  loaded.module = std::move(assembled.module);
  loaded.architecture = assembled.architecture;
  loaded.limits = assembled.architecture.limits;
  loaded.classes = assembled.classes;
  loaded.types = std::move(assembled.types);
  for (const std::vector<std::string>* const notes : {&std::as_const(assembled.notes), &config.notes})
    loaded.notes.insert(loaded.notes.end(), notes->begin(), notes->end());
  return loaded;
}

LoadedModel load(const ModelSource& source) {
  if (source.file.empty() && !source.archive && !source.folder) {
    if (!source.random_weights)
      throw Error(fmt::format("The architecture {} has no weights of its own; give a model file, or ask for random "
                              "weights.",
                              source.architecture));
    LoadedModel built;
    built.module = build(source.architecture);
    built.architecture = *find_architecture(source.architecture);
    built.limits = built.architecture->limits;
    return built;
  }
  const std::string file = source.file.string();
  std::error_code ignored;
  if (source.folder || (!source.archive && std::filesystem::is_directory(source.file, ignored)))
    return load_folder(source);
  if (const Kind kind = source.archive ? kind_of_written(source.archive) : kind_of(source.file);
      kind != Kind::Checkpoint) {
    LoadedModel loaded = kind == Kind::TorchScript ? load_torchscript(source) : load_exported(source, kind);
    if (loaded.provenance)
      loaded.notes.push_back(describe(*loaded.provenance));
    loaded.architecture = recognise(state_dict(loaded.module), source.architecture);
    if (!loaded.architecture && kind == Kind::Onnx)
      loaded.architecture = recognise_without_norms(state_dict(loaded.module), source.architecture);
    if (loaded.architecture && loaded.architecture->may_convert_input) // a trace does not tell whether it does
      loaded.architecture->preprocessing =
          loaded.module.hasattr("transform_input") && loaded.module.attr("transform_input").toBool() ? "torch" : "";
    return loaded;
  }
  std::vector<std::string> notes;
  const StateDict weights = read_state_dict(source.file, &notes);
  Assembled assembled = assemble(weights, file, source.architecture);
  notes.insert(notes.end(), assembled.notes.begin(), assembled.notes.end());
  LoadedModel built;
  built.module = assembled.module;
  built.architecture = assembled.architecture;
  built.notes = notes;
  built.limits = assembled.architecture.limits;
  built.classes = assembled.classes;
  built.types = std::move(assembled.types);
  return built;
}

} // namespace

LoadedModel load_model(const ModelSource& source) {
  register_newer_operations();
  if (!source.architecture.empty())
    check_architecture(source.architecture);
  LoadedModel loaded = load(source);
  if (!source.architecture.empty() && (!loaded.architecture || loaded.architecture->name != source.architecture))
    throw Error(fmt::format("{} is {}, not a {}; leave --arch out, or give the right one.", source.file.string(),
                            loaded.architecture ? "a " + loaded.architecture->name : "of an unknown architecture",
                            source.architecture));
  loaded.module.eval();
  if (const std::string type = make_float32(loaded.module); !type.empty()) {
    loaded.converted = true;
    loaded.notes.push_back(fmt::format("Its weights are {}; they are converted, and it runs in float32.", type));
  }
  if (source.random_weights) {
    if (const torch::jit::Node* node = first_run_onnx(*loaded.module.get_method("forward").graph()))
      throw Error(fmt::format("{} can't get random weights, because {} keeps its own: only OpenVINO runs it; do "
                              "without random weights, also as a control.",
                              source.file.string(), said_of_run_onnx(node, module_of(node))));
    randomise(loaded.module, source.seed);
    loaded.types.clear(); // the new ones would not fit in
  }
  check_finite(loaded.module, source.file.empty() ? source.architecture : source.file.string());
  return loaded;
}

LoadedModel load_module(const ModelSource& source) {
  LoadedModel loaded = load_model(source);
  if (loaded.converted && make_float32(*flatten(loaded.module).graph, /*all=*/true))
    throw Error(
        fmt::format("{} converts numbers in its code to the type that its weights had, so a part of it can't be "
                    "written or trained in float32; export it with model.float(), without conversions.",
                    source.file.string()));
  return loaded;
}

BuiltIn built_in_of(const LoadedModel& loaded) {
  if (loaded.config)
    return stated_architecture(*loaded.config);
  return built_in(loaded.architecture ? loaded.architecture->name : "");
}

FlatGraph flatten(const LoadedModel& loaded) {
  FlatGraph flat = flatten(loaded.module);
  flat.limits = loaded.limits;
  (void)make_float32(*flat.graph, loaded.converted);
  check_constants_finite(flat);
  return flat;
}

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const auto& architecture : architectures())
    names.push_back(architecture.name);
  return names;
}

} // namespace scalescope
