#pragma once

#include "core/experiment/analysis.h"
#include "core/experiment/invariance.h"
#include "core/experiment/layer_measures.h"
#include "core/experiment/transfer.h"

#include <string>
#include <vector>

namespace scalescope {

/// One number of a report card.
struct CardEntry {
  std::string group;        ///< "object scale", "invariance", ...
  std::string name;         ///< "highest R2"
  std::string layer;        ///< where it was measured; empty: not at a layer
  double value = NAN;       ///< NaN where the network or the data do not have it
  Interval interval = {};   ///< 95 %, over images
  std::size_t images = 0;   ///< that it was measured on; 0: does not apply
  std::string meaning = {}; ///< a sentence
};

/// The results that a card is made of.
struct CardParts {
  Analysis object_scale; ///< of images as they are
  Invariance invariance;
  LayerMeasures equivariance; ///< with one zoom
  Analysis noise;
  Transfer magnification;
};

/// What a network does with scale, in one table.
struct ReportCard {
  std::string headline;
  std::vector<CardEntry> entries;
};

/// The card: highest R2 and what is left of it at the layers that people use, sameness of the predictions,
/// equivariance, the size that padding reveals, and how well a magnification is read.
[[nodiscard]] ReportCard report_card_of(const CardParts& parts);

} // namespace scalescope
