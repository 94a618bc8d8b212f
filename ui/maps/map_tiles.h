#pragma once

#include "ui/maps/layer_colours.h"

#include <QCache>
#include <QFont>
#include <QPixmap>

namespace scalescope {

/// The maps of a layer as square pixmaps with a label: the channel and the sort key. Each is coloured on first use, and
/// kept while there is room.
class MapTiles {
 public:
  /// How the tiles are painted. After a change of this, the maps or their colours, call clear().
  struct Look {
    int edge = 0;     ///< logical pixels
    double ratio = 1; ///< device pixels per logical pixel of the screen
    QFont font;       ///< of the window; labels are smaller
    ChannelOrder order = ChannelOrder::Index;
  };

  void clear() { tiles_.clear(); }
  void make_room(int tiles) { tiles_.setMaxCost(tiles); }
  [[nodiscard]] QPixmap tile(const FeatureMaps& maps, int channel, const MapColours& colours, const Look& look);
  [[nodiscard]] long coloured() const { return coloured_; } ///< how many, since the start

 private:
  QCache<int, QPixmap> tiles_; // by channel
  long coloured_ = 0;
};

} // namespace scalescope
