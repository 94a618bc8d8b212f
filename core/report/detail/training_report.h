#pragma once

#include "core/report/html_report.h"
#include "core/results/transfer_files.h"

namespace scalescope {

/// What a transfer's page tells of networks that were trained: beside the linear probes, and the losses of each
/// network.
void add_training(HtmlReport& report, const Transfer& transfer, const TransferTraining& training,
                  const TransferTrainingSettings& settings);

} // namespace scalescope
