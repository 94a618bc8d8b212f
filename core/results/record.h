#pragma once
// The common parts of all records (JSON files) and tables.

#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/network/network.h"
#include "core/probe/folds.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace scalescope {

/// The protocol in a few words, for a figure.
[[nodiscard]] std::string protocol_line(const Folds& folds);

/// The network, with the SHA-256 of its file.
[[nodiscard]] nlohmann::json model_json(const Network& network, const ModelSource& source);
/// Device, engine, precision and threads.
[[nodiscard]] nlohmann::json run_json(const Network& network);
[[nodiscard]] nlohmann::json preprocessing_json(const Preprocessing& preprocessing, const std::string& reason);
[[nodiscard]] nlohmann::json left_out_json(const std::vector<LeftOut>& left_out);
/// The remarks of the reader of the data, and then those on the images.
[[nodiscard]] std::vector<Remark> joined(std::vector<Remark> of_reader, const std::vector<Remark>& of_images);
[[nodiscard]] nlohmann::json remarks_json(const std::vector<Remark>& remarks);

/// A record as a file's text. File names may not be UTF-8; invalid bytes are replaced, so that the record can still be
/// written.
[[nodiscard]] std::string file_text(const nlohmann::json& record);

} // namespace scalescope
