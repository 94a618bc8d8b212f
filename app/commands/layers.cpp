#include "app/commands/commands.h"
#include "app/options/network_options.h"
#include "core/base/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace scalescope {
namespace {

struct LayersOptions {
  NetworkChoice network;
  std::uint64_t seed = 0; ///< of random weights
  bool json = false;
  bool architectures = false; ///< lists these instead
};

std::string shape_text(const Layer& layer) {
  return layer.has_output() ? fmt::format("{}", fmt::join(layer.shape, " x ")) : "-";
}

// "a class token, 4 more in front, 16 x 16 patches"
std::string tokens_text(const TokenForm& tokens) {
  const int others = tokens.first - (tokens.class_token ? 1 : 0);
  return fmt::format("{}{}{} x {} patches", tokens.class_token ? "a class token, " : "",
                     others == 0 ? "" : fmt::format("{} {} in front, ", others, tokens.class_token ? "more" : "others"),
                     tokens.rows, tokens.columns);
}

std::string features_text(const NetworkInfo& network) {
  switch (network.source.tokens) {
  case Tokens::Class:
    return "the class token";
  case Tokens::Both:
    return "the class token and the mean of the patches";
  case Tokens::All:
    return "the mean of all tokens";
  case Tokens::Mean:
    break;
  }
  return "the mean of the patches";
}

void print_json(const Network& network) {
  nlohmann::json layers = nlohmann::json::array();
  for (const Layer& layer : network.info().layers)
    layers.push_back({{"name", layer.name},
                      {"type", layer.type},
                      {"parent", layer.parent < 0 ? nlohmann::json(nullptr)
                                                  : nlohmann::json(network.info().layers[layer.parent].name)},
                      {"shape", layer.shape},
                      {"parameters", layer.parameters},
                      {"multiply_adds", layer.multiply_adds},
                      {"calls", layer.calls},
                      {"depth", layer.depth},
                      {"block", layer.block},
                      {"attention", layer.attention},
                      {"tokens", layer.tokens.known() ? nlohmann::json{{"first", layer.tokens.first},
                                                                       {"class_token", layer.tokens.class_token},
                                                                       {"rows", layer.tokens.rows},
                                                                       {"columns", layer.tokens.columns}}
                                                      : nlohmann::json(nullptr)}});
  const nlohmann::json network_json{{"name", network.info().name},
                                    {"architecture", network.info().architecture},
                                    {"input_size", network.info().input_size},
                                    {"input_channels", network.info().input_form.channels},
                                    {"outputs", network.info().outputs},
                                    {"output", network.info().outputs[network.info().output_index]},
                                    {"notes", network.info().notes},
                                    {"blocks", network.info().blocks},
                                    {"layers", layers}};
  fmt::print("{}\n", network_json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_table(const Network& network) {
  const auto& layers = network.info().layers;
  std::size_t name_width = 5;
  std::size_t type_width = 4;
  for (const Layer& layer : layers) {
    name_width = std::max(name_width, layer.name.size());
    type_width = std::max(type_width, layer.type.size());
  }
  fmt::print(
      "{}{}, input {} x {} x {}, {} parameters, {} multiply-adds per image\n\n", for_terminal(network.info().name),
      network.info().architecture.empty() ? "" : " (" + network.info().architecture + ")", network.info().input_size,
      network.info().input_size, network.info().input_form.channels, layers[0].parameters, layers[0].multiply_adds);
  fmt::print("  {:<{}}  {:<{}}  {:>16}  {:>11}  {:>13}\n", "layer", name_width, "type", type_width, "output",
             "parameters", "multiply-adds");
  for (std::size_t i = 1; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    fmt::print("{} {:<{}}  {:<{}}  {:>16}  {:>11}  {:>13}\n", layer.block ? '*' : ' ', for_terminal(layer.name),
               name_width, for_terminal(layer.type), type_width, shape_text(layer), layer.parameters,
               layer.multiply_adds);
  }
  const std::size_t blocks = network.info().blocks.size();
  fmt::print("\n* the {}. 'analyze' reads {} by default, and {}.\n",
             blocks == 1 ? "block" : fmt::format("{} blocks", blocks), blocks == 1 ? "it" : "them",
             network.info().head.empty() ? "nothing else: there is no head" : "output and softmax");
  const auto with_tokens = std::find_if(layers.rbegin(), layers.rend(),
                                        [](const Layer& layer) { return layer.block && layer.tokens.known(); });
  if (with_tokens != layers.rend())
    fmt::print("Tokens of the last block: {}. Features: {} (--tokens).\n", tokens_text(with_tokens->tokens),
               features_text(network.info()));
  if (std::ranges::any_of(layers, &Layer::attention))
    fmt::print("Weights of attention can be looked at in the window; 'analyze' does not read them.\n");
  if (std::any_of(layers.begin() + 1, layers.end(), [](const Layer& layer) { return !layer.has_output(); }))
    fmt::print("- in 'output': the module does not run in evaluation, or returns no tensor.\n");
}

} // namespace

Command add_layers_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "layers",
      "List a network's layers\n"
      "Prints each layer's full name (as in named_modules() of PyTorch), its type, the shape of its output for one "
      "image at the input size, its parameters and its multiply-adds. Blocks are marked with a star.");
  command->footer("EXAMPLE\n    scalescope-cli layers --model efficientnet_lite0");
  const auto options = std::make_shared<LayersOptions>();
  add_network_options(*command, options->network);
  add_weights_seed_option(*command, options->seed);
  command->add_flag("--json", options->json, "Print JSON instead of a table");
  command->add_flag("--list-architectures", options->architectures,
                    "List the names of the built-in architectures instead, for --arch");
  return [options] {
    if (options->architectures) {
      for (const std::string& name : architecture_names())
        fmt::print("{}\n", name);
      return 0;
    }
    check_usage(options->network);
    TerminalWatch terminal(options->json ? Output::Quiet : Output::Person);
    const Network network = open_network(options->network, options->seed, terminal.watch());
    options->json ? print_json(network) : print_table(network);
    return 0;
  };
}

} // namespace scalescope
