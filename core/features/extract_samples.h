#pragma once

#include "core/base/progress.h"
#include "core/image/preprocessing.h"
#include "core/image/sample.h"
#include "core/network/network.h"
#include "core/probe/probe.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace scalescope {

/// One row of the regression, without its features: those are in Extraction::probe.
struct Row {
  std::string id;                      ///< Sample::id
  std::string file;                    ///< the image, as a path
  std::string group;                   ///< Sample::group
  double target = 0;                   ///< the value to regress
  std::vector<double> covariates = {}; ///< see box_covariates; empty for a row without a box
};

/// How images go through a network.
struct ExtractionSettings {
  std::vector<std::string> layers;
  Preprocessing preprocessing;
  int batch = 16;          ///< images per batch
  bool keep_going = false; ///< leave out and list boxes that place_box refuses; otherwise they stop the run
};

/// Pooled features of samples: row i of `rows` is row i of `probe`.
struct Extraction {
  Probe probe;
  std::vector<Row> rows;
  std::vector<LeftOut> left_out;  ///< images that could not be read
  std::vector<std::string> notes; ///< notes for the user, such as a cache that can't be written
  std::int64_t from_network = 0;  ///< images that went through the network
  std::int64_t from_cache = 0;    ///< images with features in the cache
  double seconds = 0;             ///< from the first image to the last
  double decode_seconds = 0;      ///< processor time for reading, resizing and preprocessing, beside the network
  double run_seconds = 0;         ///< spent waiting for the network

  std::vector<Remark> remarks =
      {}; ///< images and boxes that were not used exactly as written: see Image::notes, place_box
};

/// Runs every sample's whole image, resized to the network's input size, through the network once and pools the layers.
/// Other threads read, resize and preprocess images ahead of the network. Images that can't be read are left out and
/// listed. At most three batches are in memory. Features in the network's cache are used, and the network is loaded
/// only if some are missing.
/// @throws Error as place_box, or if no image can be read; Cancelled when stopped.
[[nodiscard]] Extraction extract_samples(const Network& network, const std::vector<Sample>& samples,
                                         const ExtractionSettings& settings, std::stop_token stop = {},
                                         const JobCallback& progress = {});

} // namespace scalescope
