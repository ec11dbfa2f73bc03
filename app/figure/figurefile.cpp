// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/figure/figurefile.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/image/codec.h"
#include "ui/figure/figurepainter.h"
#include "ui/imageconvert.h"

#include <QGuiApplication>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>

namespace bitlens::figure {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::array<std::pair<const char *, ui::FigureFormat>, 3> kFormats{{
    {"png", ui::FigureFormat::Png},
    {"pdf", ui::FigureFormat::Pdf},
    {"svg", ui::FigureFormat::Svg},
}};

std::string extensionOf(const std::string &path)
{
    const auto dot = path.find_last_of("./");
    std::string extension = dot == std::string::npos || path[dot] == '/' ? std::string() : path.substr(dot + 1);
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension;
}

std::optional<ui::FigureFormat> formatOf(const std::string &extension)
{
    for (const auto &[name, format] : kFormats)
        if (extension == name)
            return format;
    return std::nullopt;
}

/// Fonts need an application object; on the command line there is none.
class Fonts {
public:
    Fonts()
    {
        if (QGuiApplication::instance())
            return;
        qputenv("QT_QPA_PLATFORM", "offscreen"); // no display is needed to paint into a picture
        // What Qt has to say about sessions without a desktop is of no interest here.
        const QtMessageHandler handler =
            qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
        m_application = std::make_unique<QGuiApplication>(m_argumentCount, m_arguments.data());
        qInstallMessageHandler(handler);
    }

private:
    int m_argumentCount = 1;
    std::array<char, 8> m_name{"bitlens"};
    std::array<char *, 2> m_arguments{m_name.data(), nullptr};
    std::unique_ptr<QGuiApplication> m_application;
};

[[noreturn]] void failForMemory()
{
    throw Error(ErrorCode::OutOfMemory, {}, "not enough memory for a figure of this size");
}

} // namespace

std::vector<std::string> writableExtensions()
{
    std::vector<std::string> all;
    for (const auto &[name, format] : kFormats)
        all.emplace_back(name);
    for (const std::string &extension : image::writableExtensions())
        if (!formatOf(extension))
            all.push_back(extension);
    return all;
}

std::vector<std::uint8_t> figureBytes(const ui::FigureContent &content, const ui::FigureSettings &settings,
                                      const std::string &extension)
{
    const std::optional<ui::FigureFormat> format = formatOf(extension);
    if (!format)
        throw Error(ErrorCode::InvalidArgument, {}, "a figure is written as png, pdf or svg");
    const Fonts fonts;
    const QByteArray bytes = ui::encodeFigure(content, ui::layoutFigure(content, settings), *format);
    if (bytes.isEmpty())
        failForMemory();
    return {bytes.begin(), bytes.end()};
}

void writeFigure(const ui::FigureContent &content, const ui::FigureSettings &settings, const std::string &path,
                 std::span<const std::string> inputs, const base::Job &job)
{
    base::refuseInput(path, inputs);
    const Fonts fonts;
    job.report(0.0, "drawing the figure");
    const std::string extension = extensionOf(path);
    if (!formatOf(extension)) {
        const QImage picture = ui::figureImage(content, ui::layoutFigure(content, settings));
        if (picture.isNull())
            failForMemory();
        job.cancel.throwIfCancelled();
        image::writeImage(ui::fromQImage(picture), path, inputs);
        return;
    }
    const std::vector<std::uint8_t> bytes = figureBytes(content, settings, extension);
    job.cancel.throwIfCancelled();
    job.report(0.8, "writing the figure");
    base::writeFileAtomically(path, bytes);
    if (base::readFile(path) != bytes)
        throw Error(ErrorCode::NotWritable, path,
                    "the file does not read back as it was written; the disk may be failing");
}

} // namespace bitlens::figure
