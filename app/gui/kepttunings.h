// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/base/cancel.h"
#include "engine/base/filelock.h"
#include "engine/model/generator.h"
#include "engine/quant/bitplan.h"
#include "engine/quant/calibration.h"
#include "engine/train/tuner.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bitlens::app {

/// What a tuning run is about. Runs of equal settings can go on from each other.
struct TuneSettings {
    model::GeneratorPtr generator;
    quant::BitPlan plan;
    std::string photos; ///< folder
    std::uint64_t seed = 1;
};

/// The tuning runs that the window keeps on disk, each in a folder that is named after its settings: checkpoint,
/// log.csv and the ranges it started from. Thread-safe.
class KeptTunings {
public:
    /// Runs that are kept; the oldest ones go.
    static constexpr std::size_t kMost = 3;

    /// Where a run of these settings is or will be: a digest of the generator's numbers, the plan, the seed, and name,
    /// size and time of every photograph. Throws base::Error{NotWritable}, base::Cancelled.
    std::string folderOf(const TuneSettings &settings, const base::CancelToken &cancel);

    /// A run that can go on.
    struct Kept {
        int step = -1;         ///< done; negative: the checkpoint does not say
        int steps = 0;         ///< in all; 0: not known
        std::int64_t when = 0; ///< of the checkpoint, in seconds since 1970
    };
    static std::optional<Kept> find(const std::string &folder);
    /// What its log.csv tells, oldest first; empty where there is none.
    static std::vector<train::TuneStatus> course(const std::string &folder);

    /// The ranges that the run in this folder started from, so that it goes on from the same bits; none kept: null.
    /// Throws base::Error{BrokenFile}.
    static std::shared_ptr<const quant::Calibration> ranges(const std::string &folder,
                                                            const model::Generator &generator);
    /// Makes the folder. Throws base::Error{NotWritable}.
    static void keepRanges(const std::string &folder, const quant::Calibration &ranges);

    /// For as long as it is held, no other window works on the run in this folder. Throws base::Error{NotWritable}: one
    /// does.
    static base::FileLock lock(const std::string &folder);

    /// Deletes the run, if there is one. Throws base::Error{NotWritable}.
    static void remove(const std::string &folder);
    /// Deletes the oldest runs that no window works on until there is room for `newest`, which stays.
    static void makeRoom(const std::string &newest);

private:
    std::string digestOf(const model::GeneratorPtr &generator);

    std::mutex m_mutex;                                ///< of what follows
    std::weak_ptr<const model::Generator> m_generator; ///< whose digest is known: hashing a large one takes a while
    std::string m_digest;
};

} // namespace bitlens::app
