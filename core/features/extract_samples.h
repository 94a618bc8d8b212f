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
  std::string id;    ///< Sample::id
  std::string file;  ///< the image, as a path
  std::string group; ///< Sample::group
  double target = 0; ///< the value to regress
};

/// How images go through a network.
struct ExtractionSettings {
  std::vector<std::string> layers;
  Preprocessing preprocessing;
  int batch = 16;          ///< images per batch
  bool keep_going = false; ///< leave out boxes that place_box refuses, and list them, instead of stopping
};

/// Pooled features of samples: row i of `rows` is row i of `probe`.
struct Extraction {
  Probe probe;
  std::vector<Row> rows;
  std::vector<LeftOut> left_out;  ///< images that could not be read
  std::vector<std::string> notes; ///< what a person should know: a cache that can't be written
  std::int64_t from_network = 0;  ///< images that went through the network
  std::int64_t from_cache = 0;    ///< images whose features were known already
  double seconds = 0;             ///< from the first image to the last
  double decode_seconds = 0;      ///< processor time for reading, resizing and preprocessing, beside the network
  double run_seconds = 0;         ///< spent waiting for the network

  std::vector<Remark> remarks = {}; ///< boxes that were not taken as they are written: see place_box
};

/// Sends every sample's whole image, resized to the network's input size, through the network once and pools what the
/// layers say. Images are read, resized and preprocessed on threads of their own, ahead of the network. Images that
/// can't be read are left out and listed. Memory holds three batches; with the network's cache, features of images
/// that it knows come from there, and the network is loaded only if there are others.
/// @throws Error as place_box, or if no image can be read; Cancelled when stopped.
[[nodiscard]] Extraction extract_samples(const Network& network, const std::vector<Sample>& samples,
                                         const ExtractionSettings& settings, std::stop_token stop = {},
                                         const JobCallback& progress = {});

} // namespace scalescope
