#include "tests/fuzz/readers.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/network/detail/checkpoint/state_dict.h"
#include "core/network/detail/checkpoint/zip_entries.h"
#include "core/network/detail/loading/archive_check.h"
#include "core/network/detail/loading/assemble.h"
#include "core/network/detail/loading/model_file.h"
#include "core/network/detail/loading/unreadable.h"
#include "datasets/readers.h"
#include "tests/fuzz/parts.h"

#include <caffe2/serialize/in_memory_adapter.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

using namespace scalescope;
namespace fs = std::filesystem;

namespace {

/// A file in memory, which has a path.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : file_(memfd_create("fuzz", 0)) {
    if (file_ < 0 || write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("no file can be made in memory");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(file_); }
  [[nodiscard]] fs::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

/// A folder with the parts as its files, as long as it lives.
class PartsFolder {
 public:
  explicit PartsFolder(const Parts& parts) {
    const std::string where = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string();
    std::string name = where + "/scalescope-fuzz-XXXXXX";
    if (mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no folder can be made in " + where);
    path_ = name;
    for (const auto& [own, content] : parts) {
      const bool safe = !own.empty() && own.size() < 100 && own[0] != '.' &&
                        own.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
                            std::string::npos;
      if (safe)
        std::ofstream(path_ / own, std::ios::binary) << content;
    }
  }
  PartsFolder(const PartsFolder&) = delete;
  PartsFolder& operator=(const PartsFolder&) = delete;
  ~PartsFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string zipped(const std::string& input) {
  const Parts parts = parts_of(input);
  return parts.empty() ? input : zip_of(parts);
}

/// Of the parts "header" and "data".
std::string safetensors_of(const std::string& input) {
  const Parts parts = parts_of(input);
  if (parts.empty())
    return input;
  const std::string& header = parts[0].second;
  const std::uint64_t length = header.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  return file + header + (parts.size() > 1 ? parts[1].second : "");
}

void open_network(const ModelSource& source) { (void)flatten(load_model(source)); }

void read_exported(const std::string& input) {
  const std::string bytes = zipped(input);
  for (const char* name : {"constants.pkl", "code/", "data.pkl"}) // LibTorch's own reader has these
    if (bytes.find(name) != std::string::npos && bytes.find("model.json") == std::string::npos)
      return;
  if (!bytes.starts_with("PK") || bytes.find("constants.pkl") != std::string::npos)
    return;
  const MemoryFile file(bytes);
  ModelSource source;
  source.file = file.path();
  open_network(source);
}

void read_onnx_model(const std::string& input) {
  if (input.starts_with("PK"))
    return;
  ModelSource source;
  source.file = "fuzz.onnx";
  source.archive = std::make_shared<const std::string>(input);
  open_network(source);
}

void read_weights(const std::string& bytes) {
  const MemoryFile file(bytes);
  const StateDict weights = read_state_dict(file.path());
  for (const auto& [name, tensor] : weights)
    (void)tensor.sum();
  (void)assemble(weights, file.path().string(), "");
}

void read_folder(const std::string& input) {
  const PartsFolder folder(parts_of(input));
  ModelSource source;
  source.file = folder.path();
  open_network(source);
}

void read_zip_entries(const std::string& input) {
  checkpoint::ZipEntries zip(std::make_shared<const std::string>(zipped(input)));
  for (const std::uint64_t times : {0, 20})
    for (const char* name : {"data.pkl", "version", "data/0"}) {
      zip.most_times = times;
      if (zip.contains(name))
        (void)zip.read(name);
    }
}

void check_torchscript(const std::string& input) {
  const std::string bytes = zipped(input);
#ifdef __SANITIZE_ADDRESS__
  const __lsan::ScopedDisabler no_leaks; // LibTorch keeps the table of contents of an archive that it refuses
#endif
  try {
    check_archive(std::make_shared<Archive>(
        std::make_shared<caffe2::serialize::MemoryReadAdapter>(bytes.data(), static_cast<off_t>(bytes.size()))));
  } catch (const c10::Error&) { // of LibTorch's readers of zips and code, as load_model() expects
    throw Unreadable("is an archive that LibTorch can't read", "copy or download it again");
  }
}

void read_annotations(const std::string& input) {
  const PartsFolder folder(parts_of(input));
  for (const bool keep_going : {false, true}) {
    ReadOptions options;
    options.objects = ObjectRule::Each;
    options.keep_going = keep_going;
    try {
      (void)read_samples(folder.path(), options);
    } catch (const Error& refusal) {
      if (keep_going)
        throw Error(for_terminal(refusal.what())); // as the programs print it: it has names from the files as they are
    }
  }
}

const std::map<std::string, void (*)(const std::string&)> readers = {
    {"annotations", read_annotations},
    {"exported", read_exported},
    {"folder", read_folder},
    {"onnx", read_onnx_model},
    {"safetensors", [](const std::string& input) { read_weights(safetensors_of(input)); }},
    {"state_dict", [](const std::string& input) { read_weights(zipped(input)); }},
    {"torchscript", check_torchscript},
    {"zip", read_zip_entries},
};

} // namespace

const std::vector<std::string>& fuzzed_readers() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, read] : readers)
      all.push_back(name);
    return all;
  }();
  return names;
}

std::string read_as(const std::string& reader, const std::string& input) {
  try {
    readers.at(reader)(input);
  } catch (const Error& refusal) {
    return refusal.what();
  } catch (const Unreadable& refusal) { // of what is called without the file's name
    return refusal.what();
  }
  return {};
}

std::string fault_of(const std::string& sentence, const std::string& input) {
  if (sentence.empty())
    return "it is empty";
  if (sentence.size() > 2000)
    return "it has " + std::to_string(sentence.size()) + " bytes";
  if (for_terminal(sentence) != sentence)
    return "it has characters that must not reach a terminal";
  for (const char* foreign : {"INTERNAL ASSERT", "c10", "json.exception", "basic_string", "std::", "vector::"})
    if (sentence.find(foreign) != std::string::npos && input.find(foreign) == std::string::npos)
      return std::string("it is not for a person: ") + foreign;
  return {};
}
