// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/messagebar.h"

#include "ui/icons.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <deque>

namespace bitlens::ui {

namespace {

constexpr int kShownAtMost = 3;
constexpr int kInfoTimeoutMs = 8000;
constexpr int kIconSize = 2 * kGrid + kHalfGrid;

/// One message: an icon, the sentence, its button and a cross.
class MessageRow : public QWidget {
public:
    MessageRow(const MessageBar::Message &message, QWidget *parent) : QWidget(parent), m_severity(message.severity)
    {
        auto *symbol = new QLabel(this);
        symbol->setPixmap(icon(symbolOf()).pixmap(QSize(kIconSize, kIconSize), devicePixelRatioF()));
        auto *text = new QLabel(message.text, this);
        text->setObjectName(QStringLiteral("messageText"));
        text->setWordWrap(true);
        text->setTextFormat(Qt::PlainText);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
        policy.setHeightForWidth(true);
        text->setSizePolicy(policy);
        m_action = new QPushButton(message.actionText, this);
        m_action->setObjectName(QStringLiteral("messageAction"));
        m_action->setVisible(!message.actionText.isEmpty());
        m_close = new QToolButton(this);
        m_close->setObjectName(QStringLiteral("messageClose"));
        m_close->setIcon(icon(Icon::Close));
        m_close->setToolTip(MessageBar::tr("Close this message"));
        m_close->setAccessibleName(MessageBar::tr("Close this message"));
        setAccessibleName(message.text);

        auto *layout = new QHBoxLayout(this);
        layout->setContentsMargins(kGrid + kHalfGrid, kHalfGrid, kHalfGrid, kHalfGrid);
        layout->setSpacing(kGrid);
        layout->addWidget(symbol);
        layout->addWidget(text, 1);
        layout->addWidget(m_action);
        layout->addWidget(m_close);
    }

    QPushButton *actionButton() const { return m_action; }
    QToolButton *closeButton() const { return m_close; }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), tone(backOf(), palette()));
        painter.fillRect(0, 0, kHalfGrid, height(), edgeColor());
        painter.fillRect(0, height() - 1, width(), 1, tone(Tone::Separator, palette()));
    }

private:
    Icon symbolOf() const
    {
        switch (m_severity) {
        case MessageBar::Severity::Info:
            return Icon::Info;
        case MessageBar::Severity::Warning:
            return Icon::Warning;
        case MessageBar::Severity::Error:
            return Icon::Error;
        }
        return Icon::Info;
    }
    Tone backOf() const
    {
        switch (m_severity) {
        case MessageBar::Severity::Info:
            return Tone::InfoBack;
        case MessageBar::Severity::Warning:
            return Tone::WarningBack;
        case MessageBar::Severity::Error:
            return Tone::ErrorBack;
        }
        return Tone::InfoBack;
    }
    QColor edgeColor() const
    {
        switch (m_severity) {
        case MessageBar::Severity::Info:
            return palette().color(QPalette::Highlight);
        case MessageBar::Severity::Warning:
            return tone(Tone::Warning, palette());
        case MessageBar::Severity::Error:
            return tone(Tone::Worse, palette());
        }
        return {};
    }

    MessageBar::Severity m_severity;
    QPushButton *m_action = nullptr;
    QToolButton *m_close = nullptr;
};

} // namespace

struct MessageBar::Private {
    struct Entry {
        int id = 0;
        Message message;
        MessageRow *row = nullptr; ///< null while it waits
    };

    MessageBar *q;
    QVBoxLayout *layout = nullptr;
    std::deque<Entry> entries; ///< newest first
    int nextId = 1;

    std::deque<Entry>::iterator find(int id)
    {
        return std::find_if(entries.begin(), entries.end(), [id](const Entry &entry) { return entry.id == id; });
    }
    void show(Entry &entry, int position);
    void close(Entry &entry) const;
    void refresh();
};

void MessageBar::Private::show(Entry &entry, int position)
{
    const int id = entry.id;
    entry.row = new MessageRow(entry.message, q);
    layout->insertWidget(position, entry.row);
    entry.row->show(); // the layout would do it an event later
    QObject::connect(entry.row->closeButton(), &QToolButton::clicked, q, [this, id] { q->dismiss(id); });
    QObject::connect(entry.row->actionButton(), &QPushButton::clicked, q, [this, id] {
        emit q->actionTriggered(id);
        q->dismiss(id);
    });
    if (entry.message.timeoutMs > 0)
        QTimer::singleShot(entry.message.timeoutMs, entry.row, [this, id] { q->dismiss(id); });
}

void MessageBar::Private::close(Entry &entry) const
{
    if (!entry.row)
        return;
    layout->removeWidget(entry.row); // at once: the others move up
    entry.row->hide();
    entry.row->deleteLater(); // may be called from its own button
    entry.row = nullptr;
}

void MessageBar::Private::refresh()
{
    int position = 0;
    for (Entry &entry : entries) {
        const bool visible = position < kShownAtMost;
        if (visible && !entry.row) {
            show(entry, position);
        } else if (!visible && entry.row) {
            close(entry);
        }
        ++position;
    }
    q->setVisible(!entries.empty());
}

MessageBar::MessageBar(QWidget *parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->q = this;
    d->layout = new QVBoxLayout(this);
    d->layout->setContentsMargins(0, 0, 0, 0);
    d->layout->setSpacing(0);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    setAccessibleName(tr("Messages"));
    hide();
}

MessageBar::~MessageBar() = default;

int MessageBar::count() const { return static_cast<int>(d->entries.size()); }

int MessageBar::post(const Message &message)
{
    const auto same = std::find_if(d->entries.begin(), d->entries.end(), [&](const Private::Entry &entry) {
        return entry.message.text == message.text && entry.message.severity == message.severity;
    });
    if (same != d->entries.end()) { // once more does not make it truer
        const int id = same->id;
        dismiss(id);
    }
    const int id = d->nextId++;
    d->entries.push_front({id, message, nullptr});
    d->refresh();
    return id;
}

int MessageBar::postError(const QString &text) { return post({Severity::Error, text, {}, 0}); }

int MessageBar::postWarning(const QString &text) { return post({Severity::Warning, text, {}, 0}); }

int MessageBar::postInfo(const QString &text) { return post({Severity::Info, text, {}, kInfoTimeoutMs}); }

void MessageBar::dismiss(int id)
{
    const auto entry = d->find(id);
    if (entry == d->entries.end())
        return;
    d->close(*entry);
    d->entries.erase(entry);
    d->refresh();
    emit dismissed(id);
}

void MessageBar::dismissAll()
{
    while (!d->entries.empty())
        dismiss(d->entries.front().id);
}

} // namespace bitlens::ui
