// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/calibrationstore.h"

#include "engine/base/cpu.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/calibrationjson.h"
#include "engine/model/generatorjson.h"
#include "engine/run/floatrunner.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace bitlens::compare {

namespace fs = std::filesystem;

namespace {

/// To be raised whenever the same inputs give other numbers: choice of crops, resampling, ranges, means.
constexpr int kProcedureVersion = 2;
constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr const char *kExtension = ".calibration";

std::string digestOfText(const std::string &text)
{
    return base::sha256({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
}

template <typename T>
std::string digestOfNumbers(const std::vector<T> &numbers)
{
    return base::sha256({reinterpret_cast<const std::uint8_t *>(numbers.data()), numbers.size() * sizeof(T)});
}

/// First line of a file: what tells a whole one of these inputs from any other.
std::string seal(const std::string &path, const std::string &json)
{
    return digestOfText(fs::path(path).filename().string() + '\n' + json);
}

} // namespace

std::string pictureDigest(const image::Image &picture)
{
    return digestOfText(fmt::format("{}x{}x{} {} {} {}", picture.width(), picture.height(), picture.channels(),
                                    picture.maximum(), digestOfNumbers(picture.iccProfile()),
                                    base::sha256({picture.bytes(), picture.byteCount()})));
}

CalibrationStore::CalibrationStore(std::string folder, std::uintmax_t limit)
    : m_folder(std::move(folder)), m_limit(limit)
{
}

std::shared_ptr<CalibrationStore> CalibrationStore::ofUser()
{
    try {
        const fs::path folder = fs::path(base::userCacheFolder()) / "calibrations";
        std::error_code error;
        fs::create_directories(folder, error);
        return error ? nullptr : std::make_shared<CalibrationStore>(folder.string());
    } catch (const base::Error &) {
        return nullptr; // calibrations are then made each time
    }
}

std::string CalibrationStore::digestOf(const model::GeneratorPtr &generator)
{
    const std::scoped_lock lock(m_mutex);
    if (m_generator.lock() == generator && !m_generatorDigest.empty())
        return m_generatorDigest;
    model::Generator unnamed = *generator;
    unnamed.name.clear(); // copies and renamed files have the same ranges
    unnamed.source.clear();
    std::string parts = model::generatorToJson(unnamed);
    for (const model::ConvLayer &layer : generator->layers)
        parts += fmt::format("\n{} {} {}", digestOfNumbers(*layer.weight), digestOfNumbers(layer.bias),
                             digestOfNumbers(layer.slopes));
    m_generator = generator;
    m_generatorDigest = digestOfText(parts);
    return m_generatorDigest;
}

std::string CalibrationStore::fileName(const CalibrationInputs &inputs)
{
    std::string parts = fmt::format("procedure {}, exponent {}\n{} on {}\n{} pixels\n{}", kProcedureVersion,
                                    quant::kDefaultChannelExponent, run::floatBackend(inputs.threads), base::cpuName(),
                                    inputs.pixels, digestOf(inputs.generator));
    for (const std::string &picture : inputs.pictures)
        parts += '\n' + picture;
    if (!inputs.search.empty())
        parts += "\nsearched " + inputs.search;
    return digestOfText(parts) + kExtension;
}

std::shared_ptr<const quant::Calibration> CalibrationStore::obtain(const CalibrationInputs &inputs, const Make &make)
{
    const std::string path = (fs::path(m_folder) / fileName(inputs)).string();
    std::error_code error;
    const bool exists = fs::exists(path, error);
    if (exists)
        if (auto known = read(path, *inputs.generator)) {
            fs::last_write_time(path, fs::file_time_type::clock::now(), error); // the one used last
            const std::scoped_lock lock(m_mutex);
            ++m_counts.found;
            return known;
        }
    auto made = std::make_shared<const quant::Calibration>(make());
    write(path, *made);
    const std::scoped_lock lock(m_mutex);
    ++m_counts.made;
    m_counts.damaged += exists ? 1 : 0;
    return made;
}

CalibrationStore::Counts CalibrationStore::counts() const
{
    const std::scoped_lock lock(m_mutex);
    return m_counts;
}

std::shared_ptr<const quant::Calibration> CalibrationStore::read(const std::string &path,
                                                                 const model::Generator &generator)
{
    try {
        const std::vector<std::uint8_t> bytes = base::readFile(path, kLargestFile);
        const std::string text(bytes.begin(), bytes.end());
        const std::size_t line = text.find('\n');
        if (line == std::string::npos)
            return nullptr;
        const std::string json = text.substr(line + 1);
        if (text.compare(0, line, seal(path, json)) != 0)
            return nullptr;
        return std::make_shared<const quant::Calibration>(calibrationFromJson(json, generator, path));
    } catch (const base::Error &) {
        return nullptr;
    }
}

void CalibrationStore::write(const std::string &path, const quant::Calibration &calibration) const
{
    try {
        const std::string json = calibrationToJson(calibration);
        base::writeFileAtomically(path, seal(path, json) + '\n' + json);
        makeRoom(path);
    } catch (const base::Error &) {
        // A full or read-only disk: it is made again next time.
    }
}

void CalibrationStore::makeRoom(const std::string &newest) const
{
    struct Kept {
        fs::path path;
        fs::file_time_type used;
        std::uintmax_t bytes = 0;
    };
    std::vector<Kept> files;
    std::uintmax_t total = 0;
    std::error_code error;
    for (fs::directory_iterator entry(m_folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code gone; // another process may be tidying up too
        const Kept file{entry->path(), entry->last_write_time(gone), gone ? 0 : entry->file_size(gone)};
        if (gone || !entry->is_regular_file(gone))
            continue;
        total += file.bytes;
        files.push_back(file);
    }
    std::sort(files.begin(), files.end(), [](const Kept &a, const Kept &b) { return a.used < b.used; });
    for (const Kept &file : files) {
        if (total <= m_limit)
            return;
        if (file.path == newest)
            continue;
        fs::remove(file.path, error);
        total -= file.bytes;
    }
}

} // namespace bitlens::compare
