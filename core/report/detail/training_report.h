#pragma once
// The results of networks that were trained for a transfer.

#include "core/experiment/transfer_training.h"
#include "core/report/html_report.h"

#include <nlohmann/json.hpp>

#include <string>

namespace scalescope {

/// fine-tuning.csv: layer,seed,epoch,best,training_loss,validation_loss,validation_mae.
[[nodiscard]] std::string training_csv(const TransferTraining& training);

/// Its part of transfer.json.
[[nodiscard]] nlohmann::json training_json(const TransferTraining& training, const TransferTrainingSettings& settings);

/// "fine-tuned/Mixed_6b.pt".
[[nodiscard]] std::string archive_name(const std::string& layer);

/// Its section of the page: comparison with the linear probes, and the losses of each network.
void add_training(HtmlReport& report, const Transfer& transfer, const TransferTraining& training,
                  const TransferTrainingSettings& settings);

} // namespace scalescope
