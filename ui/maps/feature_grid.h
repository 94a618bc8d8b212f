#pragma once

#include "ui/maps/layer_colours.h"
#include "ui/maps/map_tiles.h"
#include "ui/maps/tile_layout.h"

#include <QAbstractScrollArea>

namespace scalescope {

/// All channels of a layer as a grid of tiles. Only tiles in sight are coloured. A click or the arrow keys choose a
/// channel; [ and ], or Ctrl or Alt with the up and down arrows, ask for the layer before and after; Ctrl with the
/// wheel, + and - change the size of the tiles.
class FeatureGrid : public QAbstractScrollArea {
  Q_OBJECT

 public:
  explicit FeatureGrid(QWidget* parent = nullptr);

  /// Maps of the same layer as before keep the scroll position, the chosen channel and the order of the tiles, which
  /// would otherwise jump about while an object is dragged; they are sorted anew when their correlations or weights
  /// change, or by sort(). Another layer starts at the top with its first tile chosen. Maps that are empty() clear the
  /// grid.
  void set_maps(FeatureMaps maps);
  [[nodiscard]] const FeatureMaps& maps() const { return maps_; }

  /// Sorts now. An order that the maps can't give is kept in mind for those that can; until then they are by index.
  void sort(ChannelOrder order);
  [[nodiscard]] ChannelOrder order() const; ///< in use
  void set_normalisation(Normalisation normalisation);
  void set_colour_choice(ColourChoice choice);

  /// @param edge in pixels, at least; the tiles then fill the width.
  void set_tile_size(int edge);
  [[nodiscard]] int tile_size() const { return wanted_tile_; }
  /// The sentence shown without maps.
  void set_empty_text(const QString& text);

  [[nodiscard]] int chosen() const { return chosen_; } ///< -1 without maps
  void choose(int channel);                            ///< and scrolls to it
  /// Of a channel of maps().
  [[nodiscard]] MapColours colours(int channel) const { return colours_.of(maps_.map(channel)); }
  /// Where a channel's tile is in the viewport; may lie outside what is in sight.
  [[nodiscard]] QRect tile_rect(int channel) const;
  [[nodiscard]] const std::vector<int>& shown_order() const { return order_; }
  /// How many tiles have been coloured since the grid was made.
  [[nodiscard]] long tiles_coloured() const { return tiles_.coloured(); }
  [[nodiscard]] QSize sizeHint() const override;

 signals:
  void channel_chosen(int channel);
  /// The chosen channel, its values or its colours are others; chosen() is -1 when there are no maps any more.
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
