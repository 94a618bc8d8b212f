#include "ui/window/preferences.h"

#include "core/base/error.h"

#include <algorithm>

namespace scalescope {
namespace {

// A value of an enumeration from the settings file, which a person may have edited; limited to the first `count`
// values.
template <typename Enum>
Enum choice(const QSettings& settings, const char* key, int count) {
  return static_cast<Enum>(std::clamp(settings.value(QLatin1String(key), 0).toInt(), 0, count - 1));
}

} // namespace

bool Preferences::run_differs(const Preferences& other) const {
  return device != other.device || engine != other.engine || precision != other.precision || threads != other.threads;
}

RunOptions Preferences::run_options(QString* note) const {
  RunOptions options;
  options.device = device;
  options.engine = engine;
  options.precision = precision;
  options.threads = threads;
  try {
    options.cache = Cache::of_user();
  } catch (const Error& e) { // it works without a cache
    *note = QString::fromUtf8(e.what());
  }
  return options;
}

Preferences load_preferences() {
  const QSettings settings = user_settings();
  Preferences preferences;
  preferences.device = settings.value(QStringLiteral("run/device"), QStringLiteral("auto")).toString().toStdString();
  preferences.engine = choice<Engine>(settings, "run/engine", static_cast<int>(enum_names<Engine>.size()));
  preferences.precision = choice<Precision>(settings, "run/precision", static_cast<int>(enum_names<Precision>.size()));
  preferences.threads = std::clamp(settings.value(QStringLiteral("run/threads"), 0).toInt(), 0, 1024);
  preferences.theme = choice<ThemeChoice>(settings, "look/theme", 3);
  preferences.colours = colour_choice_at(settings.value(QStringLiteral("look/colours"), 0).toInt());
  return preferences;
}

void save_preferences(const Preferences& preferences) {
  QSettings settings = user_settings();
  settings.setValue(QStringLiteral("run/device"), QString::fromStdString(preferences.device));
  settings.setValue(QStringLiteral("run/engine"), static_cast<int>(preferences.engine));
  settings.setValue(QStringLiteral("run/precision"), static_cast<int>(preferences.precision));
  settings.setValue(QStringLiteral("run/threads"), preferences.threads);
  settings.setValue(QStringLiteral("look/theme"), static_cast<int>(preferences.theme));
  settings.setValue(QStringLiteral("look/colours"), place_of(preferences.colours));
}

} // namespace scalescope
