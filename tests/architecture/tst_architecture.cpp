// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

namespace {

/// The layers inside engine/, lowest first: a folder may include only itself and folders before it.
const QStringList kEngineLayers{"base", "image", "model",  "quant", "kernel",
                                "run",  "score", "search", "train", "compare"};

/// What the widgets may know of the engine: values, nothing that runs, reads files or computes pictures.
const QStringList kValueHeadersForUi{
    "engine/image/image.h",        "engine/model/generator.h",   "engine/quant/bitplan.h",
    "engine/compare/comparison.h", "engine/compare/histogram.h", "engine/compare/layeractivations.h",
    "engine/compare/report.h",     "engine/compare/blame.h",     "engine/score/metric.h",
    "engine/quant/quantizer.h",    "engine/quant/presets.h"};

/// "app", "ui", "engine/quant", … for a path relative to the source root; empty for anything else.
QString roomOf(const QString &path)
{
    const QStringList parts = path.split('/');
    if (parts.value(0) == "engine")
        return "engine/" + parts.value(1);
    if (parts.value(0) == "app" || parts.value(0) == "ui")
        return parts.value(0);
    return {};
}

/// Why `file` (relative path) may not include `included`, or an empty string when it may.
QString objection(const QString &file, const QString &included)
{
    const QString from = roomOf(file);
    const QString folder = from.section('/', 1);

    static const QRegularExpression torch("^(torch|ATen|c10|caffe2)/");
    if (torch.match(included).hasMatch()
        && !QStringList{"model", "run", "search", "train"}.contains(from.startsWith("engine/") ? folder : QString()))
        return "LibTorch belongs in engine/model, run, search and train only";
    if (included.startsWith("opencv2/") && from != "engine/image" && from != "engine/score")
        return "OpenCV belongs in engine/image and engine/score only";
    if (included == "qcustomplot.h" && !file.startsWith("ui/plots/"))
        return "QCustomPlot belongs in ui/plots only";
    static const QRegularExpression qt("^(Q[A-Z]|Qt)");
    if (from.startsWith("engine/") && qt.match(included).hasMatch())
        return "the engine knows no Qt";

    const QString to = roomOf(included);
    if (to.isEmpty())
        return {};
    if (from == "app")
        return {};
    if (from == "ui") {
        if (to == "app")
            return "ui may not include app";
        if (to.startsWith("engine/") && !kValueHeadersForUi.contains(included))
            return "ui may include only the engine's value types";
        return {};
    }
    if (!to.startsWith("engine/"))
        return "the engine may not include app or ui";
    const auto own = kEngineLayers.indexOf(folder);
    const auto other = kEngineLayers.indexOf(to.section('/', 1));
    if (own < 0 || other < 0)
        return "not a folder of the house";
    if (other > own)
        return QString("engine/%1 lies below engine/%2").arg(folder, to.section('/', 1));
    return {};
}

/// Words in a line of a source that a translator would not see: given to a widget or a message, and not through tr().
/// Marks such as "×" and names of objects are no words.
bool hasBareWords(const QString &line)
{
    static const QRegularExpression bare(
        "\\b(setText|setToolTip|setStatusTip|setWhatsThis|setTitle|setWindowTitle|setAccessibleName|"
        "setAccessibleDescription|setPlaceholderText|setSpecialValueText|setSuffix|setPrefix|addAction|addTab|addMenu|"
        "addItem|addRow|postInfo|postWarning|postError|QLabel|QPushButton|QCheckBox|QGroupBox)"
        "\\((QStringLiteral\\(|QLatin1String\\()?\"[^\"%]*[A-Za-z]{2}");
    return bare.match(line).hasMatch();
}

} // namespace

/// Reads every include of app/, ui/ and engine/ and fails on an arrow that runs back (architecture rules 1 and 3).
class TestArchitecture : public QObject {
    Q_OBJECT

private slots:
    void everyIncludeRespectsTheLayers()
    {
        const QString root = BITLENS_SOURCE_DIR;
        static const QRegularExpression include("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
        QStringList objections;
        int files = 0;
        for (const char *top : {"app", "ui", "engine"}) {
            QDirIterator iterator(root + "/" + top, {"*.h", "*.cpp", "*.inc"}, QDir::Files,
                                  QDirIterator::Subdirectories);
            while (iterator.hasNext()) {
                QFile source(iterator.next());
                QVERIFY2(source.open(QIODevice::ReadOnly), qPrintable(source.fileName()));
                ++files;
                const QString relative = QDir(root).relativeFilePath(source.fileName());
                int number = 0;
                while (!source.atEnd()) {
                    ++number;
                    const auto match = include.match(QString::fromUtf8(source.readLine()));
                    if (!match.hasMatch())
                        continue;
                    const QString why = objection(relative, match.captured(1));
                    if (!why.isEmpty())
                        objections
                            << QString("%1:%2: includes %3: %4").arg(relative).arg(number).arg(match.captured(1), why);
                }
            }
        }
        QVERIFY2(files > 20, "the sources were not found");
        QVERIFY2(objections.isEmpty(), qPrintable("\n" + objections.join('\n')));
    }

    void whatPeopleReadGoesThroughTr()
    {
        QStringList bare;
        int files = 0;
        for (const char *top : {"app/gui", "ui"}) {
            QDirIterator iterator(QStringLiteral(BITLENS_SOURCE_DIR "/") + top, {"*.h", "*.cpp"}, QDir::Files,
                                  QDirIterator::Subdirectories);
            while (iterator.hasNext()) {
                QFile source(iterator.next());
                QVERIFY2(source.open(QIODevice::ReadOnly), qPrintable(source.fileName()));
                ++files;
                for (int number = 1; !source.atEnd(); ++number)
                    if (hasBareWords(QString::fromUtf8(source.readLine())))
                        bare << QString("%1:%2").arg(source.fileName()).arg(number);
            }
        }
        QVERIFY2(files > 20, "the sources were not found");
        QVERIFY2(bare.isEmpty(), qPrintable("\n" + bare.join('\n')));
        QVERIFY(hasBareWords("label->setText(\"Nothing here\");")); // it would be seen
        QVERIFY(hasBareWords("box->addItem(QStringLiteral(\"Size\"));"));
        QVERIFY(!hasBareWords("label->setText(tr(\"Nothing here\"));"));
        QVERIFY(!hasBareWords("label->setText(QStringLiteral(\"×\"));"));
    }

    void wrongArrowsAreSeen_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("included");
        QTest::addColumn<bool>("allowed");
        QTest::newRow("engine upwards") << "engine/quant/bitplan.cpp"
                                        << "engine/run/runner.h" << false;
        QTest::newRow("engine downwards") << "engine/run/tiles.cpp"
                                          << "engine/quant/bitplan.h" << true;
        QTest::newRow("engine to ui") << "engine/base/error.h"
                                      << "ui/theme.h" << false;
        QTest::newRow("Qt in the engine") << "engine/base/error.h"
                                          << "QString" << false;
        QTest::newRow("ui to app") << "ui/theme.cpp"
                                   << "app/gui/session.h" << false;
        QTest::newRow("ui to a runner") << "ui/theme.cpp"
                                        << "engine/run/runner.h" << false;
        QTest::newRow("ui to a value") << "ui/theme.cpp"
                                       << "engine/image/image.h" << true;
        QTest::newRow("LibTorch in score") << "engine/score/niqe.cpp"
                                           << "torch/torch.h" << false;
        QTest::newRow("LibTorch in run") << "engine/run/floatrunner.cpp"
                                         << "torch/torch.h" << true;
        QTest::newRow("OpenCV in run") << "engine/run/tiles.cpp"
                                       << "opencv2/core.hpp" << false;
        QTest::newRow("QCustomPlot outside plots") << "ui/readoutspanel.cpp"
                                                   << "qcustomplot.h" << false;
        QTest::newRow("app to anything") << "app/gui/session.h"
                                         << "engine/run/runner.h" << true;
    }

    void wrongArrowsAreSeen()
    {
        QFETCH(QString, file);
        QFETCH(QString, included);
        QFETCH(bool, allowed);
        QCOMPARE(objection(file, included).isEmpty(), allowed);
    }
};

QTEST_APPLESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
