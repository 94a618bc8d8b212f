#include "tests/core/network/architectures_torch.h"

#include "core/base/error.h"
#include "core/network/detail/loading/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>

using namespace scalescope;
using torch::jit::Module;

static c10::Dict<c10::IValue, c10::IValue> read_pickle(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return torch::jit::pickle_load({std::istreambuf_iterator<char>(in), {}}).toGenericDict();
}

static StateDict to_state_dict(const c10::IValue& dict) {
  StateDict tensors;
  for (const auto& entry : dict.toGenericDict())
    tensors.emplace_back(entry.key().toStringRef(), entry.value().toTensor());
  return tensors;
}

static double relative_difference(const at::Tensor& ours, const at::Tensor& expected) {
  if (ours.sizes() != expected.sizes())
    return INFINITY;
  return ((ours - expected).abs().max() / expected.abs().max()).item<double>();
}

static Module network(const std::string& name) {
  const auto& known = architectures();
  const bool built_in = std::any_of(known.begin(), known.end(), [&](const auto& a) { return a.name == name; });
  return built_in ? build(name) : torch::jit::load(name);
}

Comparison compare(const std::string& file) {
  const torch::NoGradGuard no_grad;
  const auto reference = read_pickle(file);
  StateDict weights = to_state_dict(reference.at("state"));
  Assembled assembled = assemble(weights, file, reference.at("name").toStringRef());
  assembled.module.to(at::kDouble); // as in Python

  Comparison result;
  result.outcome = {assembled.architecture.name, "", assembled.notes, {}};
  const auto names = reference.at("modules").toListRef();
  const auto classes = reference.at("classes").toListRef();
  for (std::size_t i = 0; i < names.size(); ++i)
    result.expected_modules.push_back(names[i].toStringRef() + ": " + classes[i].toStringRef());
  std::map<std::string, Module> modules;
  for (const auto& entry : assembled.module.named_modules()) {
    result.modules.push_back(entry.name + ": " + entry.value.type()->name()->name());
    modules.emplace(entry.name, entry.value);
  }
  const auto outputs = reference.at("outputs").toGenericDict();
  for (const auto& run : reference.at("inputs").toGenericDict()) {
    const std::string name = run.key().toStringRef();
    if (!modules.contains(name)) {
      result.unlike.push_back(name + " is missing");
      continue;
    }
    const at::Tensor ours = modules.at(name).forward({run.value()}).toTensor();
    const double difference = relative_difference(ours, outputs.at(run.key()).toTensor());
    if (!(difference < 1e-9))
      result.unlike.push_back(fmt::format("{}: {}", name, difference));
    ++result.compared;
  }

  const std::vector<std::string> heads = {"fc.", "_fc.", "classifier.", "head."};
  std::erase_if(weights, [&](const auto& entry) {
    return std::any_of(heads.begin(), heads.end(), [&](const auto& head) { return entry.first.starts_with(head); });
  });
  Module headless = assemble(weights, file, assembled.architecture.name).module;
  headless.to(at::kDouble);
  const at::Tensor last_map = headless.forward({reference.at("inputs").toGenericDict().at("")}).toTensor();
  result.last_map_error = relative_difference(last_map, reference.at("last_map").toTensor());
  return result;
}

double difference_to_archive(const std::string& architecture, const std::string& file, int side) {
  const torch::NoGradGuard no_grad;
  Module archive = torch::jit::load(file);
  Assembled assembled = assemble(state_dict(archive), file);
  if (assembled.architecture.name != architecture)
    return INFINITY;
  torch::manual_seed(7);
  const at::Tensor noise = at::rand({2, 3, side, side}) * 2 - 1;
  return relative_difference(assembled.module.forward({noise}).toTensor(), archive.forward({noise}).toTensor());
}

std::vector<std::string> recognise_all(const std::string& file) {
  std::vector<std::string> lines;
  for (const auto& entry : read_pickle(file)) {
    const auto known = recognise(to_state_dict(entry.value()));
    lines.push_back(entry.key().toStringRef() + ": " + (known ? known->name : "nothing"));
  }
  return lines;
}

Outcome assemble_changed(const std::string& architecture, int classes, const std::vector<Change>& changes) {
  StateDict weights = state_dict(build(architecture, classes));
  for (const Change& change : changes) {
    if (change.name.empty()) {
      weights.emplace_back(change.new_name, at::zeros(change.shape));
      continue;
    }
    const auto place =
        std::find_if(weights.begin(), weights.end(), [&](const auto& entry) { return entry.first == change.name; });
    if (place == weights.end())
      throw std::logic_error("the test changes " + change.name + ", which is not there");
    if (change.new_name.empty()) {
      weights.erase(place);
      continue;
    }
    place->first = change.new_name;
    if (!change.shape.empty())
      place->second = at::zeros(change.shape);
    if (change.integers)
      place->second = place->second.to(at::kLong);
  }
  try {
    const torch::NoGradGuard no_grad;
    Assembled assembled = assemble(weights, "net.pth");
    const at::Tensor output = assembled.module.forward({at::zeros({1, 3, 64, 64})}).toTensor();
    return {assembled.architecture.name, "", assembled.notes, output.sizes().vec()};
  } catch (const Error& error) {
    return {"", error.what(), {}, {}};
  }
}

std::string assemble_named(const std::string& architecture, const std::string& named) {
  try {
    return assemble(state_dict(build(architecture, 3)), "net.pth", named).architecture.name;
  } catch (const Error& error) {
    return error.what();
  }
}

Outline outline_of(const std::string& architecture, int classes) {
  Outline result;
  const auto& marks = find_architecture(architecture)->marks;
  result.has_marks = marks.empty();
  for (const auto& [name, tensor] : outline(architecture, classes)) {
    result.lines.push_back(fmt::format("{} {}", name, fmt::join(tensor.sizes(), "x")));
    if (!name.ends_with("running_mean") && !name.ends_with("running_var"))
      result.parameters += tensor.numel();
    result.has_marks = result.has_marks || std::find(marks.begin(), marks.end(), name) != marks.end();
  }
  std::sort(result.lines.begin(), result.lines.end());
  return result;
}

std::string found_name(const std::string& name, bool timms) {
  const Architecture* found = find_architecture(name, timms);
  return found == nullptr ? "" : found->name;
}

std::vector<std::string> confused() {
  std::vector<std::string> names;
  for (const Architecture& architecture : architectures()) {
    const auto known = recognise(outline(architecture.name, 3), architecture.name);
    if (!known || known->name != architecture.name)
      names.push_back(architecture.name);
  }
  return names;
}

std::string build_error(const std::string& architecture) {
  try {
    return build(architecture).type()->name()->name() + " was built";
  } catch (const Error& error) {
    return error.what();
  }
}

std::vector<Drawn> draw(const std::string& name, std::uint64_t seed) {
  Module module = network(name);
  randomise(module, seed);
  std::vector<Drawn> all;
  for (const auto& [path, tensor] : state_dict(module)) {
    const at::Tensor values = tensor.detach().to(at::kDouble);
    all.push_back({path, values.mean().item<double>(), values.std(false).item<double>(), values.min().item<double>(),
                   values.max().item<double>()});
  }
  return all;
}

std::string draw_error(const std::string& name) {
  try {
    return fmt::format("{} tensors were drawn", draw(name, 1).size());
  } catch (const Error& error) {
    return error.what();
  }
}

static StateDict drawn_parameters(const std::string& name, std::uint64_t seed) {
  Module module = network(name);
  randomise(module, seed);
  StateDict parameters;
  for (const auto& entry : module.named_parameters())
    parameters.emplace_back(entry.name, entry.value);
  return parameters;
}

bool same_weights(const std::string& name, std::uint64_t seed, const std::string& other, std::uint64_t other_seed) {
  const StateDict a = drawn_parameters(name, seed), b = drawn_parameters(other, other_seed);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && x.second.equal(y.second); });
}
