// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

namespace bitlens::ui {

namespace {

QString fileName(Icon icon)
{
    switch (icon) {
    case Icon::None:
        return {};
    case Icon::Open:
        return QStringLiteral("open");
    case Icon::Save:
        return QStringLiteral("save");
    case Icon::Export:
        return QStringLiteral("export");
    case Icon::Paste:
        return QStringLiteral("paste");
    case Icon::Copy:
        return QStringLiteral("copy");
    case Icon::Undo:
        return QStringLiteral("undo");
    case Icon::Redo:
        return QStringLiteral("redo");
    case Icon::Reset:
        return QStringLiteral("reset");
    case Icon::Split:
        return QStringLiteral("split");
    case Icon::SideBySide:
        return QStringLiteral("sidebyside");
    case Icon::Difference:
        return QStringLiteral("difference");
    case Icon::Flip:
        return QStringLiteral("flip");
    case Icon::Turn:
        return QStringLiteral("turn");
    case Icon::Fit:
        return QStringLiteral("fit");
    case Icon::ActualSize:
        return QStringLiteral("actualsize");
    case Icon::ZoomIn:
        return QStringLiteral("zoomin");
    case Icon::ZoomOut:
        return QStringLiteral("zoomout");
    case Icon::Panels:
        return QStringLiteral("panels");
    case Icon::Blame:
        return QStringLiteral("blame");
    case Icon::Cancel:
        return QStringLiteral("cancel");
    case Icon::Close:
        return QStringLiteral("close");
    case Icon::Sample:
        return QStringLiteral("sample");
    case Icon::Model:
        return QStringLiteral("model");
    case Icon::Plan:
        return QStringLiteral("plan");
    case Icon::Readouts:
        return QStringLiteral("readouts");
    case Icon::Theme:
        return QStringLiteral("theme");
    case Icon::Help:
        return QStringLiteral("help");
    case Icon::Info:
        return QStringLiteral("info");
    case Icon::Warning:
        return QStringLiteral("warning");
    case Icon::Error:
        return QStringLiteral("error");
    case Icon::Picture:
        return QStringLiteral("picture");
    case Icon::Play:
        return QStringLiteral("play");
    case Icon::Pause:
        return QStringLiteral("pause");
    case Icon::Add:
        return QStringLiteral("add");
    case Icon::Remove:
        return QStringLiteral("remove");
    case Icon::Settings:
        return QStringLiteral("settings");
    case Icon::Queue:
        return QStringLiteral("queue");
    case Icon::Expand:
        return QStringLiteral("expand");
    case Icon::Collapse:
        return QStringLiteral("collapse");
    }
    return {};
}

/// Draws one SVG in the colour that the palette asks for when it is painted, so that nothing has to be reloaded when
/// the palette changes.
class MonochromeEngine : public QIconEngine {
public:
    MonochromeEngine(QByteArray svg, QColor color) : m_svg(std::move(svg)), m_color(std::move(color)) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        QByteArray svg = m_svg;
        svg.replace("currentColor", colorFor(mode).name().toLatin1());
        QSvgRenderer renderer(svg);
        renderer.setAspectRatioMode(Qt::KeepAspectRatio);
        renderer.render(painter, rect);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        const QPair<QSize, QRgb> key(size, colorFor(mode).rgba());
        auto found = m_cache.constFind(key);
        if (found == m_cache.constEnd()) {
            QPixmap picture(size);
            picture.fill(Qt::transparent);
            QPainter painter(&picture);
            paint(&painter, QRect(QPoint(0, 0), size), mode, state);
            painter.end();
            found = m_cache.insert(key, picture);
        }
        return *found;
    }

    QSize actualSize(const QSize &size, QIcon::Mode, QIcon::State) override { return size; }
    QIconEngine *clone() const override { return new MonochromeEngine(m_svg, m_color); }
    QString key() const override { return QStringLiteral("bitlens-monochrome"); }

private:
    QColor colorFor(QIcon::Mode mode) const
    {
        const QPalette palette = QGuiApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::WindowText);
        if (m_color.isValid())
            return m_color;
        return palette.color(QPalette::Active,
                             mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::WindowText);
    }

    QByteArray m_svg;
    QColor m_color;
    QHash<QPair<QSize, QRgb>, QPixmap> m_cache;
};

} // namespace

QIcon icon(Icon icon) { return bitlens::ui::icon(icon, QColor()); }

QIcon icon(Icon icon, const QColor &color)
{
    const QString name = fileName(icon);
    if (name.isEmpty())
        return {};
    QFile file(QStringLiteral(":/bitlens/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QIcon(new MonochromeEngine(file.readAll(), color));
}

QIcon applicationIcon()
{
    QIcon result;
    QSvgRenderer renderer(QStringLiteral(":/bitlens/icons/bitlens.svg"));
    for (const int size : {16, 24, 32, 48, 64, 128, 256}) {
        QPixmap picture(size, size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        renderer.render(&painter);
        painter.end();
        result.addPixmap(picture);
    }
    return result;
}

} // namespace bitlens::ui
