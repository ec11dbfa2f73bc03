// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/modelopening.h"

#include "engine/base/file.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"

#include <QFileInfo>

namespace bitlens::app {

namespace {
/// Enough of a file for its safetensors header.
constexpr std::size_t kHeaderBytes = std::size_t(1) << 20;
} // namespace

OpenedModel openModel(const QString &argument)
{
    const std::string path = model::resolveModel(argument.toStdString());
    OpenedModel opened;
    opened.name = QFileInfo(argument).fileName();
    opened.argument = argument;
    if (quant::isPacked(base::readFileStart(path, kHeaderBytes))) {
        opened.packed = quant::unpack(base::readFile(path), path);
        opened.generator = opened.packed->generator;
        opened.plan = opened.packed->plan;
        return opened;
    }
    opened.generator = model::readGenerator(path);
    if (model::findCatalogueModel(argument.toStdString()) && opened.generator->name != argument.toStdString()) {
        auto renamed = std::make_shared<model::Generator>(*opened.generator);
        renamed->name = argument.toStdString();
        opened.generator = renamed;
    }
    return opened;
}

} // namespace bitlens::app
