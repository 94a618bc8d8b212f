#pragma once
// The common parts of all records (JSON files).

#include "core/experiment/facts.h"
#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/network/network.h"

#include <nlohmann/json_fwd.hpp>

#include <initializer_list>
#include <string>
#include <vector>

namespace scalescope {

/// The network, with the SHA-256 of its file.
[[nodiscard]] nlohmann::json model_json(const Network& network);
/// Device, engine, precision and threads.
[[nodiscard]] nlohmann::json run_json(const Network& network);
[[nodiscard]] nlohmann::json preprocessing_json(const Preprocessing& preprocessing, const std::string& reason);
[[nodiscard]] nlohmann::json left_out_json(const std::vector<LeftOut>& left_out);
[[nodiscard]] nlohmann::json remarks_json(const std::vector<Remark>& remarks);

/// The remarks of the reader of the data, and then those on the images.
template <typename Said>
[[nodiscard]] std::vector<Said> joined(std::vector<Said> of_reader, const std::vector<Said>& of_images) {
  of_reader.insert(of_reader.end(), of_images.begin(), of_images.end());
  return of_reader;
}

/// The given parts of a record as facts: "settings.preprocessing.mode" and so on, each with its value.
[[nodiscard]] Facts facts_of(const nlohmann::json& record, std::initializer_list<const char*> parts);

/// A record as a file's text. File names may not be UTF-8; invalid bytes are replaced, so that the record can still be
/// written.
[[nodiscard]] std::string file_text(const nlohmann::json& record);

} // namespace scalescope
