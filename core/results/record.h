#pragma once
// What every record (a JSON file) and every table says in the same way.

#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/network/network.h"
#include "core/probe/folds.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace scalescope {

/// By which protocol, in a few words for a figure.
[[nodiscard]] std::string protocol_line(const Folds& folds);

/// Which network, with the SHA-256 of its file.
[[nodiscard]] nlohmann::json model_json(const Network& network, const ModelSource& source);
/// What it ran on.
[[nodiscard]] nlohmann::json run_json(const Network& network);
[[nodiscard]] nlohmann::json preprocessing_json(const Preprocessing& preprocessing, const std::string& reason);
[[nodiscard]] nlohmann::json left_out_json(const std::vector<LeftOut>& left_out);
/// What the reader of the data said, and then what there was to say of the images.
[[nodiscard]] std::vector<Remark> joined(std::vector<Remark> of_reader, const std::vector<Remark>& of_images);
[[nodiscard]] nlohmann::json remarks_json(const std::vector<Remark>& remarks);

/// A record as a file's text. File names need not be UTF-8: what is not is replaced rather than lost with the whole
/// record.
[[nodiscard]] std::string file_text(const nlohmann::json& record);

} // namespace scalescope
