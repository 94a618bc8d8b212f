#pragma once

#include "ui/maps/feature_grid.h"

#include <QWidget>

class QComboBox;
class QLabel;

namespace scalescope {

/// The feature maps of a layer, below a line with its name and the choices: order, normalisation, colours.
class FeaturePanel : public QWidget {
  Q_OBJECT

 public:
  explicit FeaturePanel(QWidget* parent = nullptr);
  [[nodiscard]] FeatureGrid* grid() { return grid_; }
  void set_order(ChannelOrder order);
  [[nodiscard]] Normalisation normalisation() const;
  [[nodiscard]] ColourChoice colour_choice() const;
  void set_normalisation(Normalisation normalisation);
  void set_colour_choice(ColourChoice choice);

 signals:
  void settings_changed(); ///< by the person; a session saves them

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void show_layer();
  void write_line(); ///< as much of it as there is room for
  QLabel* layer_;
  QString line_; ///< the layer, its shape, and whose attention it is
  QComboBox* order_;
  QComboBox* normalisation_;
  QComboBox* colours_;
  FeatureGrid* grid_;
};

} // namespace scalescope
