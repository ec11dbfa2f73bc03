// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "ui/droppeddata.h"

#include <QMimeData>

#include <algorithm>

namespace bitlens::ui {

bool canHoldPictures(const QMimeData *data) { return data && (data->hasUrls() || data->hasImage()); }

DroppedData droppedData(const QMimeData *data)
{
    DroppedData found;
    if (!data)
        return found;
    const QList<QUrl> urls = data->urls();
    const bool isLocal = std::any_of(urls.begin(), urls.end(), [](const QUrl &url) { return url.isLocalFile(); });
    if (!isLocal && data->hasImage())
        found.picture = qvariant_cast<QImage>(data->imageData());
    if (found.picture.isNull())
        found.files = urls;
    return found;
}

} // namespace bitlens::ui
