// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/about.h"

#include "ui/plots/plotlibrary.h"

#include <QCoreApplication>

#include <cstdio> // before jpeglib.h, which uses FILE
#include <jpeglib.h>

namespace bitlens::app {

namespace {
/// What CMake finds is the version of the interface (62), not that of the library.
QString jpegVersion()
{
#ifdef LIBJPEG_TURBO_VERSION
    return QStringLiteral(QT_STRINGIFY(LIBJPEG_TURBO_VERSION));
#else
    return QStringLiteral(BITLENS_JPEG_VERSION);
#endif
}

QString tr(const char *text) { return QCoreApplication::translate("bitlens::app::About", text); }
} // namespace

QList<Component> components()
{
    // Versions of what the program was built with; Qt's is that of what it runs with.
    return {{QStringLiteral("Qt"), QLatin1String(qVersion()), QStringLiteral("LGPL 3")},
            {QStringLiteral("LibTorch"), QStringLiteral(BITLENS_TORCH_VERSION), QStringLiteral("BSD 3-Clause")},
            {QStringLiteral("OpenCV"), QStringLiteral(BITLENS_OPENCV_VERSION), QStringLiteral("Apache 2.0")},
            {QStringLiteral("oneTBB"), QStringLiteral(BITLENS_TBB_VERSION), QStringLiteral("Apache 2.0")},
            {QStringLiteral("QCustomPlot"), ui::plotLibraryVersion(), QStringLiteral("GPL 3 or later")},
            {QStringLiteral("FFTW"), QStringLiteral(BITLENS_FFTW_VERSION), QStringLiteral("GPL 2 or later")},
            {QStringLiteral("Eigen"), QStringLiteral(BITLENS_EIGEN_VERSION), QStringLiteral("MPL 2.0")},
            {QStringLiteral("OpenSSL"), QStringLiteral(BITLENS_OPENSSL_VERSION), QStringLiteral("Apache 2.0")},
            {QStringLiteral("zlib"), QStringLiteral(BITLENS_ZLIB_VERSION), QStringLiteral("zlib")},
            {QStringLiteral("libjpeg-turbo"), jpegVersion(), QStringLiteral("IJG, BSD 3-Clause")},
            {QStringLiteral("libtiff"), QStringLiteral(BITLENS_TIFF_VERSION), QStringLiteral("libtiff")},
            {QStringLiteral("Exiv2"), QStringLiteral(BITLENS_EXIV2_VERSION), QStringLiteral("GPL 2 or later")},
            {QStringLiteral("libzip"), QStringLiteral(BITLENS_LIBZIP_VERSION), QStringLiteral("BSD 3-Clause")},
            {QStringLiteral("nlohmann/json"), QStringLiteral(BITLENS_JSON_VERSION), QStringLiteral("MIT")},
            {QStringLiteral("fmt"), QStringLiteral(BITLENS_FMT_VERSION), QStringLiteral("MIT")},
            {QStringLiteral("spdlog"), QStringLiteral(BITLENS_SPDLOG_VERSION), QStringLiteral("MIT")},
            {QStringLiteral("CLI11"), QStringLiteral(BITLENS_CLI11_VERSION), QStringLiteral("BSD 3-Clause")},
            {tr("NIQE pristine model"), {}, tr("University of Texas at Austin, free to use with its notice")},
            {tr("Weights of bitlens-srgan"), {}, tr("GPL 3 or later, as the program")},
            {tr("Sample photo"), {}, QStringLiteral("CC0")}};
}

QString aboutProgram()
{
    return tr("<h3>Bitlens %1</h3><p>See what each bit buys: super-resolution in FP32 and in mixed-precision integers, "
              "side by side.</p><p>Free software under the GNU General Public License, version 3 or later.</p>")
        .arg(QCoreApplication::applicationVersion().toHtmlEscaped());
}

QString aboutComponents()
{
    QString rows;
    for (const Component &component : components())
        rows += QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2&nbsp;&nbsp;</td><td>%3</td></tr>")
                    .arg(component.name.toHtmlEscaped(), component.version.toHtmlEscaped(),
                         component.licence.toHtmlEscaped());
    return tr("<p>It stands on:</p>")
           + QStringLiteral("<table cellspacing=\"0\" cellpadding=\"2\">%1</table>").arg(rows);
}

} // namespace bitlens::app
