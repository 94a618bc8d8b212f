#pragma once
// Sections of an analysis' report (private to this library). Each adds nothing if the analysis has nothing for it.

#include "core/experiment/analysis.h"
#include "core/report/curve_figure.h"
#include "core/report/html_report.h"

#include <string>

namespace scalescope {

/// "[0.64, 0.78]".
[[nodiscard]] std::string interval_text(const Interval& interval);

/// The targets, and what the peak and the output make of them.
void add_targets(HtmlReport& report, const Analysis& analysis, const std::string& target);
/// R2 if the regression is fitted in another way.
void add_sensitivity(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole);
/// What the layers add to covariates.
void add_adjustment(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole);
/// R2 at equal width.
void add_equal_width(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole);
/// R2 of the target's root and logarithm.
void add_target_forms(HtmlReport& report, const Analysis& analysis, const CurveFigure& whole);
/// R2 with fewer images.
void add_learning_curve(HtmlReport& report, const Analysis& analysis);

} // namespace scalescope
