#include "ui/widgets/error_bar.h"

#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace scalescope {

ErrorBar::ErrorBar(QWidget* parent) : QFrame(parent), text_(new QLabel) {
  setObjectName("error_bar");
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(10, 4, 4, 4);
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  text_->setAccessibleName(tr("Message"));
  auto* close = new QToolButton;
  close->setText(QStringLiteral("×"));
  close->setAutoRaise(true);
  close->setToolTip(tr("Close this message"));
  close->setAccessibleName(close->toolTip());
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  row->addWidget(text_, 1);
  row->addWidget(close, 0, Qt::AlignTop);
  hide();
}

QString ErrorBar::text() const { return isHidden() ? QString() : text_->text(); }

void ErrorBar::show_error(const QString& what) {
  show_text(what, theme().error);
  emit error_shown(what);
}

void ErrorBar::show_note(const QString& what) { show_text(what, theme().accent); }

void ErrorBar::show_text(const QString& what, const QColor& colour) {
  setStyleSheet(QStringLiteral("#error_bar { background: %1; border-left: 4px solid %2; }")
                    .arg(theme().panel.name(), colour.name()));
  text_->setText(what);
  show();
}

} // namespace scalescope
