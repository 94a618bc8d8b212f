#pragma once

#include "core/report/html_report.h"
#include "core/results/transfer_files.h"

namespace scalescope {

/// The section of a transfer's page about trained networks: comparison with the linear probes, and the losses of each
/// network.
void add_training(HtmlReport& report, const Transfer& transfer, const TransferTraining& training,
                  const TransferTrainingSettings& settings);

} // namespace scalescope
