#pragma once
// What the record of a transfer says of networks that were trained for it.

#include "core/experiment/transfer_training.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace scalescope {

/// fine-tuning.csv: layer,seed,epoch,best,training_loss,validation_loss,validation_mae.
[[nodiscard]] std::string training_csv(const TransferTraining& training);

/// Its part of transfer.json.
[[nodiscard]] nlohmann::json training_json(const TransferTraining& training, const TransferTrainingSettings& settings);

} // namespace scalescope
