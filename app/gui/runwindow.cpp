// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/runwindow.h"

#include "app/gui/comparecontroller.h"
#include "app/gui/mainwindow.h"
#include "app/gui/stallwatch.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>

#include <cstdio>

namespace bitlens::app {

namespace {

bool displayIsMissing()
{
#ifdef Q_OS_LINUX
    return !qEnvironmentVariableIsSet("DISPLAY") && !qEnvironmentVariableIsSet("WAYLAND_DISPLAY")
           && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
#else
    return false;
#endif
}

/// Where queue and session are kept; empty, with a word about it, where nothing can be written.
QString stateFolder()
{
    try {
        return QString::fromStdString(base::userDataFolder());
    } catch (const base::Error &error) {
        std::fprintf(stderr, "bitlens: %s\n", error.what());
        return {};
    }
}

/// Notes for tests/bench: how long comparisons took and how soon a cancel had its effect.
void watchComparisons(StallWatch *watch, const CompareController *comparisons)
{
    auto since = std::make_shared<base::Stopwatch>();
    auto sinceCancel = std::make_shared<base::Stopwatch>();
    auto firstPart = std::make_shared<bool>(false);
    QObject::connect(comparisons, &CompareController::started, watch, [=] {
        watch->note(QStringLiteral("started"), 0.0);
        *since = {};
        *firstPart = true;
    });
    QObject::connect(comparisons, &CompareController::partAvailable, watch, [=](const compare::Part &part) {
        if (part.side == compare::Side::Quantized && std::exchange(*firstPart, false))
            watch->note(QStringLiteral("first-part"), since->seconds());
    });
    QObject::connect(comparisons, &CompareController::finished, watch,
                     [=] { watch->note(QStringLiteral("finished"), since->seconds()); });
    QObject::connect(comparisons, &CompareController::cancelling, watch, [sinceCancel] { *sinceCancel = {}; });
    QObject::connect(comparisons, &CompareController::cancelled, watch,
                     [=] { watch->note(QStringLiteral("cancelled"), sinceCancel->seconds()); });
}

} // namespace

int runWindow(int argc, char **argv)
{
    if (displayIsMissing()) {
        std::fputs("bitlens: there is no display for a window; on the command line: bitlens compare FILE\n", stderr);
        return 1;
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("bitlens"));
    QApplication::setApplicationDisplayName(QStringLiteral("Bitlens"));
    QApplication::setApplicationVersion(QStringLiteral(BITLENS_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("io.github.bitlens.Bitlens"));

    QCommandLineParser parser;
    parser.setApplicationDescription(QApplication::translate("runWindow", "Opens the window."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption modelOption(QStringLiteral("model"),
                                         QApplication::translate("runWindow", "Catalogue name or weight file."),
                                         QStringLiteral("NAME|FILE"));
    const QCommandLineOption sampleOption(QStringLiteral("sample"),
                                          QApplication::translate("runWindow", "Opens the sample picture."));
    const QCommandLineOption threadsOption(
        QStringLiteral("threads"), QApplication::translate("runWindow", "Threads of the engine."), QStringLiteral("N"));
    parser.addOptions({modelOption, sampleOption, threadsOption});
    parser.addPositionalArgument(QStringLiteral("FILE"),
                                 QApplication::translate("runWindow", "Pictures, models, bit plans or folders."),
                                 QStringLiteral("[FILE…]"));
    if (!parser.parse(QApplication::arguments())) {
        std::fprintf(stderr, "bitlens: %s\n", qPrintable(parser.errorText()));
        return 2;
    }
    if (parser.isSet(QStringLiteral("version")))
        parser.showVersion();
    if (parser.isSet(QStringLiteral("help")))
        parser.showHelp();

    ui::Theme theme(&application);
    MainWindow::Options options;
    options.theme = &theme;
    options.threads = parser.value(threadsOption).toInt();
    options.openFirstModel = !parser.isSet(modelOption);
    options.stateFolder = stateFolder();
    options.restoreSession =
        parser.positionalArguments().isEmpty() && !parser.isSet(sampleOption) && !parser.isSet(modelOption);
    MainWindow window(options);
    const auto watch = StallWatch::fromEnvironment();
    if (watch)
        watchComparisons(watch.get(), window.comparisons());
    window.show();
    if (parser.isSet(modelOption))
        window.openModel(parser.value(modelOption));
    if (parser.isSet(sampleOption))
        window.openSample();
    QStringList paths;
    for (const QString &argument : parser.positionalArguments())
        paths << QFileInfo(argument).absoluteFilePath();
    window.openPaths(paths);
    return QApplication::exec();
}

} // namespace bitlens::app
