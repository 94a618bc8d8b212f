#pragma once

#include "core/base/enum_names.h"
#include "core/network/network.h"
#include "core/network/provenance.h"

#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// A linear function of a layer's pooled features.
struct LinearReadout {
  std::vector<double> weights; ///< one per channel
  double intercept = 0;
  std::vector<float> least = {}; ///< one per channel: features are first clipped to this range; empty: they are not
  std::vector<float> largest = {};
};

/// Where a network is truncated, and the output of the remaining part.
struct Truncation {
  Layer layer;                            ///< of the network: one with Layer::can_truncate, or the network
                                          ///< itself, ""
  Reduction reduction = Reduction::Maps;  ///< its unchanged output, or pooled
  Tokens tokens = Tokens::Mean;           ///< with Pooled: what of a layer of tokens
  std::optional<LinearReadout> readout{}; ///< with Pooled: an additional linear layer `scale` at the end, N x 1;
                                          ///< its range is in the buffers `scale_minimum` and `scale_maximum`
};

/// The file formats in which a network is written.
enum class NetworkFormat {
  TorchScript, ///< torch.jit.load opens it
  TorchExport, ///< .pt2: torch.export.load opens it
  Onnx,        ///< .onnx: ONNX Runtime runs it
  Safetensors, ///< a folder in the form of timm or transformers, with the Python that loads it
};
template <>
inline constexpr auto enum_names<NetworkFormat> =
    std::to_array<std::pair<std::string_view, NetworkFormat>>({{"torchscript", NetworkFormat::TorchScript},
                                                               {"pt2", NetworkFormat::TorchExport},
                                                               {"onnx", NetworkFormat::Onnx},
                                                               {"safetensors", NetworkFormat::Safetensors}});

/// How a network is written.
struct WriteAs {
  NetworkFormat format = NetworkFormat::TorchScript;
  InputForm form = {}; ///< of the network: NetworkInfo::input_form
};

/// The part of a network up to and with a layer, as the bytes of a file of that format.
/// Its input is that of the network. The remaining modules keep their names and classes; parameters stay trainable.
/// Modules that are not needed are removed: those after the layer, and those with outputs that lead elsewhere (an
/// auxiliary head). Parent modules of the layer keep only the needed children and have no forward.
/// A .pt2 archive takes images of the provenance's input size, and any number of them. An ONNX file takes others too,
/// as far as the part does; it is run once by OpenVINO, where the build has it, and compared.
/// @param provenance is put into the archive, completed by the versions.
/// @param how any format but Safetensors.
/// @throws Error if the network can't be opened, or the layer's call can't be followed (in a loop).
[[nodiscard]] std::string truncated_archive(const ModelSource& source, const Truncation& cut, Provenance provenance,
                                            const WriteAs& how = {});

/// The same as a folder:
/// - model.safetensors, with the parameters and buffers that the part needs, under Python's names, in float16 and
///   bfloat16 where the source has them so;
/// - config.json, which says how the whole network is built, as timm does, or as transformers does for a network of
///   its own, and in the entry "scalescope" where it ends: see detail/loading/pruned_folder.h;
/// - load.py, whose load() gives the part as a module of PyTorch.
/// @throws Error as check_folder_format and truncated_archive, and if parameters have other names or shapes than those
/// of the architecture.
[[nodiscard]] FolderFiles truncated_folder(const ModelSource& source, const Truncation& cut, Provenance provenance);

/// @param name of the network. @param architecture of NetworkInfo.
/// @throws Error if it is not known: Python needs one to build the network.
void check_folder_format(const std::string& name, const std::string& architecture);

} // namespace scalescope
