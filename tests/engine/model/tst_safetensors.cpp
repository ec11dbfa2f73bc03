// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/safetensors.h"
#include "tests/engine/model/comparegenerators.h"
#include "tests/engine/support/weightwriters.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bitlens;
using namespace bitlens::test;

namespace {

/// A file with this header text and that many bytes of data.
Bytes fileOf(const std::string &header, std::size_t dataBytes)
{
    Bytes bytes;
    for (int i = 0; i < 8; ++i)
        bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.resize(bytes.size() + dataBytes, 0);
    return bytes;
}

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

private slots:
    void whatIsWrittenReadsBack()
    {
        const float numbers[] = {1.0F, -0.0F, 3.5F};
        const std::uint8_t packed[] = {1, 2, 3, 4, 5};
        const auto *const raw = reinterpret_cast<const std::uint8_t *>(numbers);
        const std::vector<model::SafetensorsEntry> entries{{"b", model::SafetensorsType::U8, {5}, packed},
                                                           {"a", model::SafetensorsType::F32, {3, 1}, {raw, 12}},
                                                           {"none", model::SafetensorsType::F32, {0, 7}, {}}};
        const Bytes bytes = model::writeSafetensors(entries, {{"key", "value \"quoted\""}});
        QCOMPARE(bytes, model::writeSafetensors(entries, {{"key", "value \"quoted\""}}));
        const auto file = model::parseSafetensors(bytes, "x");
        QCOMPARE(file.metadata.at("key"), "value \"quoted\"");
        QCOMPARE(model::peekSafetensorsMetadata(bytes).at("key"), "value \"quoted\"");
        QCOMPARE(file.entries.size(), std::size_t(3));
        QCOMPARE(file.entries[0].name, "b");
        QCOMPARE(std::size_t(file.entries[0].bytes.data() - bytes.data()) % 8, std::size_t(0));
        QVERIFY(std::equal(packed, packed + 5, file.find("b")->bytes.begin()));
        QVERIFY(file.find("a")->shape == (std::vector<std::int64_t>{3, 1}));
        QVERIFY(std::equal(raw, raw + 12, file.find("a")->bytes.begin()));
        QVERIFY(file.find("none")->bytes.empty());
        QVERIFY(file.find("absent") == nullptr);
    }

    void wrongSizesAndRepeatedNamesAreNotWritten()
    {
        const std::uint8_t five[5] = {};
        const std::vector<model::SafetensorsEntry> wrong{{"a", model::SafetensorsType::F32, {2}, five}};
        QVERIFY(errorOf([&] { model::writeSafetensors(wrong, {}); }));
        const std::vector<model::SafetensorsEntry> twice{{"a", model::SafetensorsType::U8, {5}, five},
                                                         {"a", model::SafetensorsType::U8, {5}, five}};
        QVERIFY(errorOf([&] { model::writeSafetensors(twice, {}); }));
    }

    void violationsAreRefusedByName_data()
    {
        QTest::addColumn<QString>("header");
        QTest::addColumn<int>("dataBytes");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *name, const char *header, int bytes, const char *expected) {
            QTest::newRow(name) << header << bytes << expected;
        };
        row("no JSON", "{{", 0, "no JSON object");
        row("cut JSON", R"({"a":)", 0, "no JSON object");
        row("trailing", R"({}x)", 0, "no JSON object");
        row("hole", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "tensor a begins at byte 4");
        row("rest", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8, "cover 4 of 8 bytes");
        row("overlap",
            R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            8, "tensor b begins at byte 4");
        row("beyond", R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", 8, "bytes 0 to 12 of 8");
        row("backwards",
            R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}})",
            8, "negative");
        row("shape", R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "shape [3] and type F32");
        row("huge shape", R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", 8,
            "shape [");
        row("type", R"({"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}})", 8, "dtype C64, expected F32");
        row("no type", R"({"a":{"shape":[1],"data_offsets":[0,8]}})", 8, "tensor a lacks dtype");
        row("three offsets", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 8, "too long");
        row("repeated", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}})", 4, "repeated key");
        row("metadata number", R"({"__metadata__":{"a":1}})", 0, "a number at key \"a\"");
        row("deep", R"({"a":{"dtype":"F32","shape":[[[1]]],"data_offsets":[0,4]}})", 4, "a list");
        row("fraction", R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "a fraction");
    }

    void violationsAreRefusedByName()
    {
        QFETCH(QString, header);
        QFETCH(int, dataBytes);
        QFETCH(QString, expected);
        const Bytes bytes = fileOf(header.toStdString(), static_cast<std::size_t>(dataBytes));
        QVERIFY(model::looksLikeSafetensors(bytes));
        const auto error = errorOf([&] { model::parseSafetensors(bytes, "broken.safetensors"); });
        QVERIFY(error);
        QCOMPARE(error->code(), base::ErrorCode::BrokenFile);
        QCOMPARE(error->file(), "broken.safetensors");
        QVERIFY2(QString(error->what()).contains(expected), error->what());
        QVERIFY(model::peekSafetensorsMetadata(bytes).empty());
    }

    void headerLengthIsCheckedFirst()
    {
        Bytes bytes = fileOf("{}", 0);
        QVERIFY(!errorOf([&] { model::parseSafetensors(bytes, "x"); }));
        bytes[1] = 1; // 258 bytes announced
        QVERIFY(errorOf([&] { model::parseSafetensors(bytes, "x"); }));
        bytes[7] = 1; // 2^56 announced
        QVERIFY(!model::looksLikeSafetensors(bytes));
        QVERIFY(!model::looksLikeSafetensors({}));
    }

    void tensorsAreDecodedAndChecked()
    {
        const QTemporaryDir folder;
        const std::uint8_t half[] = {0x00, 0x3C, 0x00, 0x7C};
        const std::vector<model::SafetensorsEntry> entries{{"a", model::SafetensorsType::F16, {1}, {half, 2}}};
        const auto path = writeTestFile(folder.path().toStdString(), "half.bin", model::writeSafetensors(entries, {}));
        const auto state = model::readStateDict(path);
        QCOMPARE(state.find("a")->values.at(0), 1.0F);
        QCOMPARE(state.find("a")->storage, model::WeightStorage::Float16);
        const std::vector<model::SafetensorsEntry> infinite{{"bad", model::SafetensorsType::F16, {2}, {half, 4}}};
        const auto other = writeTestFile(folder.path().toStdString(), "inf.bin", model::writeSafetensors(infinite, {}));
        const auto error = errorOf([&] { model::readStateDict(other); });
        QVERIFY(error && QString(error->what()).contains("key bad contains NaN or infinity"));
    }
};

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
