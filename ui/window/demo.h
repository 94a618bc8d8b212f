#pragma once

#include <QObject>

namespace scalescope {

class Workspace;

/// The demonstration: EfficientNet-Lite0, a synthetic scene and three photographs. It also makes more scenes once, in
/// the user's data folder, and measures their curve, so that scale can be read: well from scenes, and as a guess from
/// photographs. It therefore starts with a scene. A message names parts that are not installed. At the end it chooses
/// the best layer and deletes itself.
class Demo : public QObject {
  Q_OBJECT

 public:
  Demo(Workspace& workspace, QObject* parent);
  /// @return a sentence with what is missing and how to get it; empty if nothing is missing.
  [[nodiscard]] static QString missing();

 private:
  void measure();

  Workspace& workspace_;
};

} // namespace scalescope
