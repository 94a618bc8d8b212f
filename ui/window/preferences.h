#pragma once

#include "core/network/network.h"
#include "ui/widgets/theme.h"
#include "ui/workspace/colour_map.h"

#include <QSettings>

namespace scalescope {

/// What the program keeps for a user between two starts: ~/.config/ScaleScope/scalescope.conf.
[[nodiscard]] inline QSettings user_settings() {
  return QSettings(QStringLiteral("ScaleScope"), QStringLiteral("scalescope"));
}

/// What a person chose once for every window: kept in the user's settings.
struct Preferences {
  std::string device = "auto"; ///< as RunOptions
  Engine engine = Engine::Auto;
  Precision precision = Precision::Float32;
  int threads = 0; ///< 0: as many as there are cores
  ThemeChoice theme = ThemeChoice::System;
  ColourChoice colours; ///< of feature maps

  /// Whether networks run otherwise than with the other's.
  [[nodiscard]] bool run_differs(const Preferences& other) const;
  /// With the user's cache, if it can be had: else `note` says why not.
  [[nodiscard]] RunOptions run_options(QString* note) const;
};

[[nodiscard]] Preferences load_preferences();
void save_preferences(const Preferences& preferences);

} // namespace scalescope
