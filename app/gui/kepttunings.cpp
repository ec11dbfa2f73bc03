// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/gui/kepttunings.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/calibrationjson.h"
#include "engine/image/codec.h"
#include "engine/model/safetensors.h"
#include "engine/search/probepictures.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>

namespace bitlens::app {

namespace fs = std::filesystem;

namespace {

constexpr const char *kCheckpointName = "checkpoint.safetensors";
/// Beside the folder, which may be deleted while it is locked.
constexpr const char *kLockSuffix = ".lock";
constexpr const char *kLogName = "log.csv";
constexpr const char *kRangesName = "ranges.json";
/// To be raised when a run of an earlier version of the window cannot go on.
constexpr int kVersion = 1;
/// A folder with more than this is told from others by its path alone.
constexpr int kMostEntries = 20'000;
/// Enough for the header of a checkpoint of any network that trains on a desk.
constexpr std::size_t kHeaderBytes = std::size_t{8} << 20;
constexpr std::size_t kNameLength = 32;

std::int64_t secondsOf(fs::file_time_type time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(fs::file_time_type::clock::to_sys(time).time_since_epoch())
        .count();
}

/// Name, size and time of every photograph.
std::string describe(const std::string &folder, const base::CancelToken &cancel)
{
    std::error_code error;
    const fs::path root = fs::canonical(folder, error);
    std::vector<std::string> found;
    int entries = 0;
    for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
        cancel.throwIfCancelled();
        if (++entries > kMostEntries)
            return root.string();
        std::error_code ignored;
        if (it->is_regular_file(ignored) && image::looksLikeImage(it->path().string()))
            found.push_back(fmt::format("{} {} {}", it->path().string(), it->file_size(ignored),
                                        it->last_write_time(ignored).time_since_epoch().count()));
    }
    std::sort(found.begin(), found.end());
    std::string text = root.string();
    for (const std::string &line : found)
        text += '\n' + line;
    return text;
}

int numberOf(const std::map<std::string, std::string> &values, const char *key, int otherwise)
{
    const auto found = values.find(key);
    return found == values.end() ? otherwise : std::atoi(found->second.c_str());
}

} // namespace

std::string KeptTunings::digestOf(const model::GeneratorPtr &generator)
{
    const std::scoped_lock lock(m_mutex);
    if (m_generator.lock() != generator) {
        m_digest = search::conditionsOf(*generator, {}, {}).model;
        m_generator = generator;
    }
    return m_digest;
}

std::string KeptTunings::folderOf(const TuneSettings &settings, const base::CancelToken &cancel)
{
    const std::string text =
        fmt::format("{}\n{}\n{}\n{}\n{}", kVersion, digestOf(settings.generator),
                    settings.plan.toJson(*settings.generator), settings.seed, describe(settings.photos, cancel));
    const std::string digest = base::sha256({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
    return (fs::path(base::userDataFolder()) / "tune" / digest.substr(0, kNameLength)).string();
}

std::optional<KeptTunings::Kept> KeptTunings::find(const std::string &folder)
{
    const fs::path checkpoint = fs::path(folder) / kCheckpointName;
    std::error_code error;
    const fs::file_time_type when = fs::last_write_time(checkpoint, error);
    if (error)
        return std::nullopt;
    Kept kept;
    kept.when = secondsOf(when);
    try {
        const auto values = model::peekSafetensorsMetadata(base::readFileStart(checkpoint.string(), kHeaderBytes));
        kept.step = numberOf(values, "step", -1);
        kept.steps = numberOf(values, "steps", 0);
    } catch (const base::Error &) {
        // It is there all the same: who goes on from it is told what is wrong.
    }
    return kept;
}

std::vector<train::TuneStatus> KeptTunings::course(const std::string &folder)
{
    std::vector<train::TuneStatus> course;
    std::vector<std::uint8_t> bytes;
    try {
        bytes = base::readFile((fs::path(folder) / kLogName).string());
    } catch (const base::Error &) {
        return course;
    }
    std::istringstream lines(std::string(bytes.begin(), bytes.end()));
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        std::vector<std::string> columns;
        for (std::string column; std::getline(fields, column, ',');)
            columns.push_back(column);
        // step, phase, loss, PSNR, best, seconds; the first line holds their names.
        if (columns.size() < 6 || columns[0].empty() || columns[0][0] < '0' || columns[0][0] > '9')
            continue;
        train::TuneStatus status;
        status.step = std::atoi(columns[0].c_str());
        for (const train::TunePhase phase :
             {train::TunePhase::Scales, train::TunePhase::ScalesAndWeights, train::TunePhase::Weights})
            if (train::tunePhaseName(phase) == columns[1])
                status.phase = phase;
        status.loss = std::atof(columns[2].c_str());
        status.psnr = std::atof(columns[3].c_str());
        status.best = std::atof(columns[4].c_str());
        status.seconds = std::atof(columns[5].c_str());
        status.before = course.empty() ? status.psnr : course.front().before;
        course.push_back(status);
    }
    return course;
}

std::shared_ptr<const quant::Calibration> KeptTunings::ranges(const std::string &folder,
                                                              const model::Generator &generator)
{
    const std::string file = (fs::path(folder) / kRangesName).string();
    if (!fs::exists(file))
        return nullptr;
    const auto bytes = base::readFile(file);
    return std::make_shared<const quant::Calibration>(
        compare::calibrationFromJson(std::string(bytes.begin(), bytes.end()), generator, file));
}

void KeptTunings::keepRanges(const std::string &folder, const quant::Calibration &ranges)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw base::Error(base::ErrorCode::NotWritable, folder, error.message());
    base::writeFileAtomically((fs::path(folder) / kRangesName).string(), compare::calibrationToJson(ranges));
}

base::FileLock KeptTunings::lock(const std::string &folder)
{
    const std::string file = folder + kLockSuffix;
    try {
        return base::FileLock(file);
    } catch (const base::Error &error) {
        if (!base::FileLock::isHeld(file))
            throw;
        throw base::Error(error.code(), folder,
                          "another window tunes with these settings; stop it there, or change the plan or the "
                          "photographs");
    }
}

void KeptTunings::remove(const std::string &folder)
{
    std::error_code error;
    fs::remove_all(folder, error);
    if (error)
        throw base::Error(base::ErrorCode::NotWritable, folder, error.message());
}

void KeptTunings::makeRoom(const std::string &newest)
{
    std::vector<std::pair<std::int64_t, fs::path>> others;
    std::error_code error;
    for (fs::directory_iterator it(fs::path(newest).parent_path(), error), end; !error && it != end;
         it.increment(error)) {
        if (it->path() == fs::path(newest) || it->path().filename().string().size() != kNameLength)
            continue;
        if (base::FileLock::isHeld(it->path().string() + kLockSuffix))
            continue;
        std::error_code ignored;
        const auto kept = find(it->path().string());
        others.emplace_back(kept ? kept->when : secondsOf(it->last_write_time(ignored)), it->path());
    }
    std::sort(others.begin(), others.end());
    for (std::size_t i = 0; i + kMost <= others.size(); ++i)
        fs::remove_all(others[i].second, error); // one that stays is no reason to end
}

} // namespace bitlens::app
