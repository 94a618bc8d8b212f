#pragma once

#include <QObject>

#include <vector>

class QWidget;

namespace scalescope {

class Workspace;
struct DataChoice;

/// Asks for a file or folder, and opens or writes it.
class FileChoosers : public QObject {
  Q_OBJECT

 public:
  FileChoosers(Workspace& workspace, QWidget* window);

  void open_network();
  void open_images();
  void open_folder();
  void open_session();
  void open_class_names();
  void save_results(bool features);
  void save_curve();
  void open_target(); ///< opens the same images with another column of their table as the target

 private:
  void choose_data(const std::vector<DataChoice>& choices); ///< one of the data sets that a folder could be

  Workspace& workspace_;
  QWidget* window_;
};

} // namespace scalescope
