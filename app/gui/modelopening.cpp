// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/modelopening.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/catalogue.h"
#include "engine/model/reader.h"
#include "engine/quant/tunedmodel.h"

#include <QCoreApplication>
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

OpenedModel openTunedModel(const QString &argument, const QString &tunedFile)
{
    OpenedModel opened = openModel(argument);
    const std::string path = tunedFile.toStdString();
    try {
        if (opened.packed)
            throw base::Error(base::ErrorCode::InvalidArgument, path, "the model beside it is no FP32 model any more");
        opened.packed = quant::tunedFromBytes(base::readFile(path), path, opened.generator);
        opened.plan = opened.packed->plan;
        opened.tunedFile = tunedFile;
    } catch (const base::Error &error) {
        opened.warning = QCoreApplication::translate(
                             "openTunedModel", "The tuned model cannot be brought back; %1 is opened without it. %2")
                             .arg(opened.name, QString::fromUtf8(error.what()));
    }
    return opened;
}

} // namespace bitlens::app
