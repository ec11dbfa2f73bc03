// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "app/gui/mainwindow.h"
#include "app/gui/session.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "engine/model/generatorjson.h"
#include "tests/engine/support/syntheticgenerator.h"
#include "ui/messagebar.h"
#include "ui/theme.h"
#include "ui/views/compareview.h"

#include <QApplication>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QRandomGenerator>
#include <QTest>

#include <memory>

namespace bitlens::test {

constexpr int kWaitMilliseconds = 60000; ///< a bound for hangs, not a measurement

/// Drops something on a widget as another program would; true when it took it.
inline bool dropData(QWidget *target, const QMimeData &data)
{
    const QPoint where = target->rect().center();
    QDragEnterEvent enter(where, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &enter);
    if (!enter.isAccepted())
        return false;
    QDropEvent event(where, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &event);
    return true;
}

/// Drops files on a widget as a file manager would; true when it took them.
inline bool dropFiles(QWidget *target, const QStringList &paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString &path : paths)
        urls << QUrl::fromLocalFile(path);
    data.setUrls(urls);
    return dropData(target, data);
}

/// The whole window on settings of its own.
struct Desk {
    explicit Desk(const QString &folder, ui::Theme *theme = nullptr, bool openFirstModel = false,
                  const QString &stateFolder = {}, bool restoreSession = false)
    {
        app::MainWindow::Options options;
        options.theme = theme;
        options.settingsFile = folder + QStringLiteral("/settings.ini");
        options.threads = 2;
        options.openFirstModel = openFirstModel;
        options.stateFolder = stateFolder;
        options.restoreSession = restoreSession;
        window = std::make_unique<app::MainWindow>(options);
        window->show();
        view = window->findChild<ui::CompareView *>();
        messages = window->findChild<ui::MessageBar *>();
        session = window->session();
    }

    QStringList messageTexts() const
    {
        QStringList texts;
        for (const QLabel *label : messages->findChildren<QLabel *>())
            if (label->isVisible() && !label->text().isEmpty())
                texts << label->text();
        return texts;
    }
    /// The visible button of a message whose text contains this; null when there is none.
    QPushButton *messageButton(const QString &text) const
    {
        for (QPushButton *button : messages->findChildren<QPushButton *>())
            if (button->isVisible() && button->text().contains(text))
                return button;
        return nullptr;
    }

    std::unique_ptr<app::MainWindow> window;
    ui::CompareView *view = nullptr;
    ui::MessageBar *messages = nullptr;
    app::Session *session = nullptr;
};

/// The part of a window or panel that has this name.
template <typename Widget>
Widget *part(const QWidget *whole, const char *name)
{
    auto *widget = whole->findChild<Widget *>(QLatin1String(name));
    if (!widget)
        qFatal("no %s", name);
    return widget;
}

/// A small SRGAN as a weight file that the program reads.
inline QString writeSmallModel(const QString &path, int blocks = 1)
{
    const auto generator = syntheticGenerator(SrganShape{.blocks = blocks, .channels = 8});
    base::writeFileAtomically(path.toStdString(), model::exportGenerator(*generator));
    return path;
}

/// 8-bit RGB samples between `low` and `high`, the same for the same seed.
inline image::Image noisePicture(image::Size size, quint32 seed, int low = 0, int high = 255)
{
    image::Image picture(size, 3);
    QRandomGenerator random(seed);
    for (std::size_t i = 0; i < picture.byteCount(); ++i)
        picture.mutableBytes()[i] = static_cast<std::uint8_t>(random.bounded(low, high + 1));
    return picture;
}

inline QString writeNoise(const QString &path, image::Size size, quint32 seed, int low = 0, int high = 255)
{
    image::writeImage(noisePicture(size, seed, low, high), path.toStdString());
    return path;
}

} // namespace bitlens::test
