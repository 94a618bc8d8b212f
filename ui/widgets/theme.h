#pragma once

#include <QColor>
#include <QPalette>

class QApplication;

namespace scalescope {

/// The colours of the window: calm greys, one accent and one colour for the peak.
struct Theme {
  bool dark = true;
  QColor window; ///< behind everything
  QColor panel;  ///< of docks and bars
  QColor field;  ///< of inputs and tracks
  QColor line;   ///< between panels, axes, grids
  QColor text;
  QColor dim;    ///< text that is secondary
  QColor accent; ///< selection, the curve, bars
  QColor peak;   ///< the best layer, the object's outline
  QColor error;
  [[nodiscard]] QPalette palette() const;
};

enum class ThemeChoice { System, Light, Dark };

/// The present theme. Widgets with their own painting read it in each paint; a change sends them a
/// QEvent::PaletteChange.
[[nodiscard]] const Theme& theme();
/// Sets the theme, Qt's Fusion style and a small style sheet for the application.
void apply_theme(QApplication& application, ThemeChoice choice);

} // namespace scalescope
