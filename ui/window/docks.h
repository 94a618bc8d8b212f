#pragma once

#include <QByteArray>
#include <QObject>

class QDockWidget;
class QImage;
class QMainWindow;
class QSize;

namespace scalescope {

class ChannelView;
class CurveView;
class FeaturePanel;
class ImagePanel;
class LayerTree;
class ResponseView;
class Workspace;
struct Session;

/// The panels around the stage: layers, feature maps, the chosen channel, images, the curve, the response to scale.
class Docks : public QObject {
  Q_OBJECT

 public:
  Docks(Workspace& workspace, QMainWindow& window);

  void arrange();                     ///< sizes that fit the present window
  void arrange_anew();                ///< also puts every panel back to its first place
  void raise(const char* name);       ///< brings it in front of the panels at the same place
  void bring_up(const char* name);    ///< the same, and shows it if it is closed
  [[nodiscard]] bool settled() const; ///< no thumbnail is being loaded

  /// The state of the panels for a session.
  void keep(Session& session) const;
  void put_back(const Session& session);

  /// The chosen channel in the size of the image that it lies over; null if it is not shown there.
  [[nodiscard]] QImage overlay(const QSize& image) const;
  [[nodiscard]] double overlay_opacity() const;
  void show_channel(); ///< channel_shown() follows

  [[nodiscard]] FeaturePanel* maps() { return maps_; }
  [[nodiscard]] CurveView* curve() { return curve_; }

 signals:
  void channel_shown();

 private:
  QDockWidget* add(const QString& title, const QString& name, QWidget* widget, Qt::DockWidgetArea area);
  [[nodiscard]] QDockWidget* dock(const char* name) const;
  void build();
  void connect_layers();
  void connect_maps();
  void connect_curve();
  void connect_images();
  void show_results();
  void show_output();

  Workspace& workspace_;
  QMainWindow& window_;
  LayerTree* layers_;
  FeaturePanel* maps_;
  ChannelView* channel_;
  CurveView* curve_;
  ResponseView* response_;
  ImagePanel* images_;
  QByteArray first_layout_;
  int wanted_channel_ = -1; ///< chosen when the next maps arrive
};

} // namespace scalescope
