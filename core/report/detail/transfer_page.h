#pragma once
// The page of a transfer.

#include "core/report/curve_figure.h"
#include "core/report/transfer_report.h"

#include <string>
#include <vector>

namespace scalescope {

/// Everything that the reader or the choice of patches left out.
[[nodiscard]] std::vector<LeftOut> left_out_of(const Transfer& transfer, const TransferContext& context);

/// Kappa by layer, from the predicted magnification and from the predicted area of the nuclei. @param network its name.
[[nodiscard]] CurveFigure kappa_figure(const Transfer& transfer, const std::string& network,
                                       const TransferContext& context);

/// report.html. @throws Error if an image that it shows patches of can't be read any more.
[[nodiscard]] std::string transfer_page(const Transfer& transfer, const Network& network,
                                        const TransferContext& context);

} // namespace scalescope
