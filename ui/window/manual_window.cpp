#include "ui/window/manual_window.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QPushButton>
#include <QTextBrowser>
#include <QUrl>
#include <QVBoxLayout>

namespace scalescope {

ManualWindow::ManualWindow(QWidget* parent) : QDialog(parent), pages_(new QTextBrowser) {
  setWindowTitle(tr("ScaleScope's manual"));
  pages_->setOpenLinks(false);
  pages_->document()->setDocumentMargin(20);
  pages_->setAccessibleName(tr("Page of the manual"));
  auto* contents = new QPushButton(tr("Contents"));
  auto* back = new QPushButton(tr("Back"));
  auto* forward = new QPushButton(tr("Forward"));
  auto* close = new QPushButton(tr("Close"));
  back->setEnabled(false);
  forward->setEnabled(false);
  for (QPushButton* button : {contents, back, forward, close})
    button->setAutoDefault(false);
  connect(contents, &QPushButton::clicked, this, [this] { open_page(QStringLiteral("index.md")); });
  connect(back, &QPushButton::clicked, pages_, &QTextBrowser::backward);
  connect(forward, &QPushButton::clicked, pages_, &QTextBrowser::forward);
  connect(close, &QPushButton::clicked, this, &QDialog::close);
  connect(pages_, &QTextBrowser::backwardAvailable, back, &QPushButton::setEnabled);
  connect(pages_, &QTextBrowser::forwardAvailable, forward, &QPushButton::setEnabled);
  connect(pages_, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) {
    const QUrl whole = pages_->source().resolved(link);
    whole.scheme() == QStringLiteral("qrc") ? pages_->setSource(whole)
                                            : static_cast<void>(QDesktopServices::openUrl(whole));
  });
  auto* bar = new QHBoxLayout;
  bar->addWidget(contents);
  bar->addWidget(back);
  bar->addWidget(forward);
  bar->addStretch();
  bar->addWidget(close);
  auto* column = new QVBoxLayout(this);
  column->addWidget(pages_, 1);
  column->addLayout(bar);
  resize(900, 720);
  open_page(QStringLiteral("index.md"));
}

void ManualWindow::open_page(const QString& page) { pages_->setSource(QUrl(QStringLiteral("qrc:/manual/") + page)); }

} // namespace scalescope
