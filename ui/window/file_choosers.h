#pragma once

#include <QObject>

class QWidget;

namespace scalescope {

class Workspace;

/// Asks which file or folder it is to be, and opens or writes that.
class FileChoosers : public QObject {
  Q_OBJECT

 public:
  FileChoosers(Workspace& workspace, QWidget* window);

  void open_network();
  void open_images();
  void open_image_folder();
  void open_session();
  void open_class_names();
  void save_results(bool features);
  void save_curve();
  void open_target(); ///< the same images with another column of their table as target

 private:
  Workspace& workspace_;
  QWidget* window_;
};

} // namespace scalescope
