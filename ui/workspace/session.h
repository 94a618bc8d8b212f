#pragma once

#include "core/network/network.h"
#include "core/stage/segment.h"
#include "ui/workers/image_opening.h"
#include "ui/workspace/analysis_results.h"
#include "ui/workspace/colour_map.h"
#include "ui/workspace/explorer.h"
#include "ui/workspace/feature_maps.h"

#include <QByteArray>
#include <QSize>
#include <QString>
#include <QStringList>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scalescope {

/// The content of a .scalescope file: everything that is open in the window. The format is described in
/// resources/manual/session-format.md.
struct Session {
  std::optional<ModelSource> network;
  int input_size = 0; ///< as chosen; 0: the network's own
  ChosenPreprocessing preprocessing;
  QStringList images;                       ///< files and folders, as they were opened
  ReadChoice how;                           ///< they were read
  std::map<std::string, BoundingBox> boxes; ///< drawn by hand, by Sample::id
  std::string sample;                       ///< Sample::id of the one on the stage, "": none
  StageEdit edit;                           ///< the person's changes of it
  SegmentSettings cut;
  QString layer;
  int channel = -1;
  bool overlay = false;
  double opacity = 0.6;
  ChannelOrder order = ChannelOrder::Index;
  Normalisation normalisation = Normalisation::PerChannel;
  ColourChoice colours;
  QString class_names; ///< file, "": the installed ones
  AnalysisResults results;
  QByteArray layout; ///< of docks and tool bar: QMainWindow::saveState
  QSize window;      ///< size of the window with this layout; invalid if not known
};

/// The content of a session file, and the files it names that are missing: neither at their full path nor at the same
/// path relative to the session's folder.
struct ReadSession {
  Session session;
  QStringList missing;
};

/// Writes a session completely or not at all. Any thread. @param inputs files that must not be overwritten. @throws
/// Error with the name of the file.
void write_session(const Session& session, const QString& file, const std::vector<std::filesystem::path>& inputs = {});
/// Any thread. @throws Error with the name of the file if it is missing, incomplete, not a session, or from a newer
/// ScaleScope.
[[nodiscard]] ReadSession read_session(const QString& file);
/// The session with a new path for a missing file.
[[nodiscard]] Session with_path(Session session, const QString& missing, const QString& found);

} // namespace scalescope
