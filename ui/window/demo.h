#pragma once

#include <QObject>

namespace scalescope {

class Workspace;

/// The demonstration: EfficientNet-Lite0, a drawn scene and three photographs to take hold of, and more scenes drawn
/// once into the user's data folder, whose curve is measured at once, so that scale can be read: well from scenes, with
/// which it begins therefore, and as a guess from the photographs. What is not installed is said; the rest is shown.
/// Then the layer that reads it best is chosen, and this deletes itself.
class Demo : public QObject {
  Q_OBJECT

 public:
  Demo(Workspace& workspace, QObject* parent);
  /// @return what is missing and how to get it; empty if nothing is.
  [[nodiscard]] static QString missing();

 private:
  void measure();

  Workspace& workspace_;
};

} // namespace scalescope
