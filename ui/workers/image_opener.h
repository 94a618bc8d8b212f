#pragma once

#include "core/base/latest_request.h"
#include "ui/workers/image_opening.h"
#include "ui/workers/queued_invoker.h"

#include <QObject>
#include <QStringList>

namespace scalescope {

/// Finds images on its own thread; the latest request wins.
class ImageOpener : public QObject {
  Q_OBJECT

 public:
  explicit ImageOpener(QObject* parent = nullptr);
  void open(const QStringList& files_and_folders, const ReadChoice& how);
  [[nodiscard]] bool busy() const { return busy_; }

 signals:
  void opened(scalescope::OpenedImages images, QStringList from, scalescope::ReadChoice how); ///< as given to open()

 private:
  struct Request {
    std::uint64_t serial = 0;
    QStringList from;
    ReadChoice how;
  };
  void serve(const Request& request, const std::stop_token& stop);

  QueuedInvoker invoker_;
  std::uint64_t serial_ = 0;
  bool busy_ = false;
  LatestRequest<Request> requests_;
};

} // namespace scalescope
