#pragma once

#include "core/network/network.h"
#include "ui/widgets/theme.h"
#include "ui/workspace/colour_map.h"

#include <QSettings>

namespace scalescope {

/// The settings of a user: ~/.config/ScaleScope/scalescope.conf.
[[nodiscard]] inline QSettings user_settings() {
  return QSettings(QStringLiteral("ScaleScope"), QStringLiteral("scalescope"));
}

/// The choices of a person for all windows, stored in the user's settings.
struct Preferences {
  std::string device = "auto"; ///< as RunOptions
  Engine engine = Engine::Auto;
  Precision precision = Precision::Float32;
  int threads = 0; ///< 0: all cores
  ThemeChoice theme = ThemeChoice::System;
  ColourChoice colours; ///< of feature maps

  /// Whether networks run differently with the other preferences.
  [[nodiscard]] bool run_differs(const Preferences& other) const;
  /// Includes the user's cache if it is usable; else `note` says why not.
  [[nodiscard]] RunOptions run_options(QString* note) const;
};

[[nodiscard]] Preferences load_preferences();
void save_preferences(const Preferences& preferences);

} // namespace scalescope
