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

  void arrange();                     ///< sizes that fit the window as large as it is
  void arrange_anew();                ///< puts every panel back where it was at first, too
  void raise(const char* name);       ///< in front of the panels at the same place
  void bring_up(const char* name);    ///< the same, and shows it if it is closed
  [[nodiscard]] bool settled() const; ///< no thumbnail is being loaded

  /// What a session keeps of the panels.
  void keep(Session& session) const;
  void put_back(const Session& session);

  /// The chosen channel as large as the image that it is to lie over; null where none is wanted.
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

  Workspace& workspace_;
  QMainWindow& window_;
  LayerTree* layers_;
  FeaturePanel* maps_;
  ChannelView* channel_;
  CurveView* curve_;
  ResponseView* response_;
  ImagePanel* images_;
  QByteArray first_layout_;
  int wanted_channel_ = -1; ///< to be chosen when the next maps come
};

} // namespace scalescope
