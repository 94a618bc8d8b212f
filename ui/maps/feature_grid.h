#pragma once

#include "ui/maps/layer_colours.h"
#include "ui/maps/map_tiles.h"
#include "ui/maps/tile_layout.h"

#include <QAbstractScrollArea>

namespace scalescope {

/// All channels of a layer as a grid of tiles. Only visible tiles are coloured. A click or the arrow keys choose a
/// channel. [ and ], or Ctrl or Alt with the up and down arrows, ask for the previous and the next layer. Ctrl with the
/// wheel, + and - change the size of the tiles.
class FeatureGrid : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit FeatureGrid(QWidget* parent = nullptr);

  /// Maps of the same layer keep the scroll position, the chosen channel and the order of the tiles, so that tiles
  /// don't jump while an object is dragged. They are sorted again when their correlations or weights change, or by
  /// sort(). Another layer starts at the top with its first tile chosen. Empty maps clear the grid.
  void set_maps(FeatureMaps maps);
  [[nodiscard]] const FeatureMaps& maps() const { return maps_; }

  /// Sorts now. If the maps can't provide this order, they are sorted by index until maps come that can.
  void sort(ChannelOrder order);
  [[nodiscard]] ChannelOrder order() const; ///< in use
  void set_normalisation(Normalisation normalisation);
  void set_colour_choice(ColourChoice choice);

  /// @param edge the smallest size in pixels; tiles grow to fill the width.
  void set_tile_size(int edge);
  [[nodiscard]] int tile_size() const { return wanted_tile_; }
  /// The sentence shown without maps.
  void set_empty_text(const QString& text);

  [[nodiscard]] int chosen() const { return chosen_; } ///< -1 without maps
  void choose(int channel);                            ///< and scrolls to it
  /// Of a channel of maps().
  [[nodiscard]] MapColours colours(int channel) const { return colours_.of(maps_.map(channel)); }
  /// The place of a channel's tile in the viewport; it may be outside the visible part.
  [[nodiscard]] QRect tile_rect(int channel) const;
  [[nodiscard]] const std::vector<int>& shown_order() const { return order_; }
  /// The number of tiles coloured since the grid was made.
  [[nodiscard]] long tiles_coloured() const { return tiles_.coloured(); }
  [[nodiscard]] QSize sizeHint() const override;

 signals:
  void channel_chosen(int channel);
  /// The chosen channel, its values or its colours have changed; chosen() is -1 if there are no maps.
  void chosen_map_changed();
  void maps_changed();
  void layer_step(int step); ///< -1 or 1

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  void reorder();
  void recolour();
  void lay_out(QPoint anchor);
  void zoom(int columns_more, QPoint anchor);
  void walk_to(int position);
  void set_chosen(int channel);
  void update_tile(int channel);
  [[nodiscard]] int offset() const;
  [[nodiscard]] int room() const;
  [[nodiscard]] QString description(int channel) const;

  FeatureMaps maps_;
  LayerColours colours_;
  Normalisation normalisation_ = Normalisation::PerChannel;
  ColourChoice colour_choice_;
  ChannelOrder wanted_order_ = ChannelOrder::Index;
  std::vector<int> order_;    // channel at a position
  std::vector<int> position_; // position of a channel
  TileLayout layout_;
  int wanted_tile_ = 68;
  int chosen_ = -1;
  int wheel_rest_ = 0; // eighths of a degree not yet turned into a step of zoom
  QString empty_text_;
  MapTiles tiles_;
};

} // namespace scalescope
