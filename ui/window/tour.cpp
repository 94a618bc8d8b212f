#include "ui/window/tour.h"

#include "ui/widgets/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace scalescope {
namespace {

constexpr int ring_width = 3;
constexpr int text_width = 320;
constexpr int gap = 10; // between ring and card, and card and the window's edge

class Ring : public QWidget {
 public:
  explicit Ring(QWidget* window) : QWidget(window) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
  }

 protected:
  void paintEvent(QPaintEvent* /*event*/) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme().accent, ring_width));
    const double half = ring_width / 2.0;
    painter.drawRoundedRect(QRectF(rect()).adjusted(half, half, -half, -half), 6, 6);
  }
};

} // namespace

Tour::Tour(std::vector<TourStep> steps, QWidget* window)
    : QFrame(window), steps_(std::move(steps)), window_(window), ring_(new Ring(window)), title_(new QLabel),
      text_(new QLabel), back_(new QPushButton(tr("Back"))), next_(new QPushButton) {
  setObjectName(QStringLiteral("tour"));
  setAccessibleName(tr("Guided tour"));
  QFont bold = font();
  bold.setBold(true);
  title_->setFont(bold);
  text_->setWordWrap(true);
  text_->setFixedWidth(text_width);
  next_->setProperty("primary", true);
  auto* leave = new QPushButton(tr("Leave the tour"));
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(leave);
  buttons->addStretch();
  buttons->addWidget(back_);
  buttons->addWidget(next_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 12, 16, 12);
  column->setSpacing(8);
  column->addWidget(title_);
  column->addWidget(text_);
  column->addLayout(buttons);
  connect(leave, &QPushButton::clicked, this, &Tour::leave);
  connect(back_, &QPushButton::clicked, this, [this] { go_to(step_ - 1); });
  connect(next_, &QPushButton::clicked, this, [this] { step_ + 1 < count() ? go_to(step_ + 1) : this->leave(); });
  connect(new QShortcut(Qt::Key_Escape, this), &QShortcut::activated, this, &Tour::leave);
  window_->installEventFilter(this);
  for (const TourStep& step : steps_)
    step.target->installEventFilter(this);
  go_to(0);
  show();
  ring_->show();
  next_->setFocus();
}

Tour::~Tour() { delete ring_; }

QWidget* Tour::target() const { return steps_[static_cast<std::size_t>(step_)].target; }

QRect Tour::ring() const { return ring_->geometry(); }

void Tour::leave() {
  hide();
  delete ring_;
  deleteLater();
}

void Tour::go_to(int step) {
  step_ = std::clamp(step, 0, count() - 1);
  const TourStep& now = steps_[static_cast<std::size_t>(step_)];
  if (now.prepare)
    now.prepare();
  title_->setText(tr("%1 of %2: %3").arg(step_ + 1).arg(count()).arg(now.title));
  text_->setText(now.text);
  text_->setFixedHeight(text_->heightForWidth(text_width)); // a layout would give wrapped text too little height
  back_->setEnabled(step_ > 0);
  next_->setText(step_ + 1 < count() ? tr("Next") : tr("Done"));
  place();
}

// Beside the target if there is room, else in its lower right corner.
void Tour::place() {
  if (!ring_)
    return;
  const QRect window = window_->rect().adjusted(gap, gap, -gap, -gap);
  const QRect around =
      QRect(target()->mapTo(window_, QPoint(0, 0)), target()->size()).adjusted(-4, -4, 4, 4) & window_->rect();
  ring_->setGeometry(around);
  ring_->raise();
  adjustSize();
  const QSize card = size();
  const std::array<QPoint, 4> places{
      QPoint(around.right() + gap, around.top()), QPoint(around.left() - gap - card.width(), around.top()),
      QPoint(around.left(), around.bottom() + gap), QPoint(around.left(), around.top() - gap - card.height())};
  QRect chosen(around.bottomRight() - QPoint(card.width() + gap, card.height() + gap), card);
  for (const QPoint& corner : places) {
    QRect there(corner, card);
    there.moveTop(std::clamp(there.top(), window.top(), std::max(window.top(), window.bottom() - card.height())));
    there.moveLeft(std::clamp(there.left(), window.left(), std::max(window.left(), window.right() - card.width())));
    if (!there.intersects(around)) {
      chosen = there;
      break;
    }
  }
  move(chosen.topLeft());
  raise();
}

bool Tour::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize || event->type() == QEvent::Move || event->type() == QEvent::Show ||
      event->type() == QEvent::Hide)
    place();
  return QFrame::eventFilter(watched, event);
}

void Tour::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
  painter.setPen(theme().accent);
  painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void Tour::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Right)
    go_to(step_ + 1);
  else if (event->key() == Qt::Key_Left)
    go_to(step_ - 1);
  else
    QFrame::keyPressEvent(event);
}

} // namespace scalescope
