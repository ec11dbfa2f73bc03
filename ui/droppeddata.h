// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include <QImage>
#include <QList>
#include <QUrl>

class QMimeData;

namespace bitlens::ui {

/// What was dropped or pasted: files, or a picture without one, never both.
struct DroppedData {
    QList<QUrl> files;
    QImage picture;
    bool isEmpty() const { return files.isEmpty() && picture.isNull(); }
};

/// Whether there may be anything to open; cheap, for drags that are still moving.
bool canHoldPictures(const QMimeData *data);

/// Files go before the picture, which may be a mere preview of them; but browsers give the address that a picture came
/// from beside its pixels, and then the pixels are what can be opened. Null is nothing.
DroppedData droppedData(const QMimeData *data);

} // namespace bitlens::ui
