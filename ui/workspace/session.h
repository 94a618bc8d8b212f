#pragma once

#include "core/network/network.h"
#include "core/stage/segment.h"
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

/// Everything that a person has before them: what a .scalescope file keeps. The format is described in
/// resources/manual/session-format.md.
struct Session {
  std::optional<ModelSource> network;
  int input_size = 0; ///< asked for, 0: the network's own
  ChosenPreprocessing preprocessing;
  QStringList images;                       ///< files and folders, as they were opened
  QString target;                           ///< column of a CSV among them, "": none was chosen
  std::map<std::string, BoundingBox> boxes; ///< drawn by hand, by Sample::id
  std::string sample;                       ///< Sample::id of the one on the stage, "": none
  StageEdit edit;                           ///< what was done to it
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
  QSize window;      ///< in which they were laid out; invalid where it is not known
};

/// What a session file held, and which of the files that it names are no longer where they were: neither under their
/// full path nor under the same path from the session's folder.
struct ReadSession {
  Session session;
  QStringList missing;
};

/// Writes a session whole or not at all. Any thread. @param inputs files that it must not replace. @throws Error naming
/// the file.
void write_session(const Session& session, const QString& file, const std::vector<std::filesystem::path>& inputs = {});
/// Any thread. @throws Error naming the file: not there, cut short, no session, of a newer ScaleScope.
[[nodiscard]] ReadSession read_session(const QString& file);
/// The session with another path in place of one that is missing.
[[nodiscard]] Session with_path(Session session, const QString& missing, const QString& found);

} // namespace scalescope
