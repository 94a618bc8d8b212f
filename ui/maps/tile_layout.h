#pragma once

#include <QRect>

#include <algorithm>

namespace scalescope {

/// Square tiles in rows that fill a width. Positions count from 0, row by row.
struct TileLayout {
  static constexpr int gap = 4;    ///< between and around the tiles; the frame of the chosen tile is drawn there
  static constexpr int margin = 4; ///< left and right of the tiles
  int count = 0;
  int columns = 1;
  int tile = 1; ///< edge in pixels

  /// As many columns as possible with tiles of at least `wanted` pixels; the tiles then grow to fill the width.
  static TileLayout fit(int count, int width, int wanted) {
    const int room = width - 2 * margin;
    const int columns = std::max(1, (room + gap) / (std::max(1, wanted) + gap));
    return {count, columns, std::max(1, (room + gap) / columns - gap)};
  }
  [[nodiscard]] int pitch() const { return tile + gap; }
  [[nodiscard]] int rows() const { return (count + columns - 1) / columns; }
  [[nodiscard]] int height() const { return rows() * pitch() + gap; }
  [[nodiscard]] QRect rect(int position) const {
    return {margin + position % columns * pitch(), gap + position / columns * pitch(), tile, tile};
  }
  /// The position of the tile at a point; -1 between tiles and outside.
  [[nodiscard]] int at(QPoint p) const {
    const int column = (p.x() - margin) / pitch(), row = (p.y() - gap) / pitch(), position = row * columns + column;
    const bool inside = p.x() >= margin && p.y() >= gap && column < columns && position < count;
    return inside && rect(position).contains(p) ? position : -1;
  }
};

} // namespace scalescope
