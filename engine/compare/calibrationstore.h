// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/compare/sealedfolder.h"
#include "engine/image/image.h"
#include "engine/model/generator.h"
#include "engine/quant/calibration.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bitlens::compare {

/// All that the numbers of a calibration depend on beside the program itself.
struct CalibrationInputs {
    model::GeneratorPtr generator;
    std::vector<std::string> pictures; ///< digests, in order; see pictureDigest
    std::size_t pixels = 0;            ///< budget of each choice of crops
    int threads = 1;                   ///< LibTorch's: sums may differ in their last bits
    std::string search = {};           ///< how ranges were searched beyond min-max; empty: not at all
};

/// SHA-256 of a generator's structure and numbers, whatever its name.
std::string generatorDigest(const model::Generator &generator);

/// SHA-256 of a picture's size, format, colour profile and pixels.
std::string pictureDigest(const image::Image &picture);

/// Calibrations kept in a folder, each in a file that is named after the SHA-256 of everything it was made from: the
/// weights and the structure of the generator, the pictures, how much of them is looked at, the version of the
/// procedure, LibTorch and the processor. A file that is damaged, or cannot be read or written, is no error: the
/// calibration is made. The files together take at most `limit` bytes, those unused for longest go first. Thread-safe;
/// several processes may share a folder.
class CalibrationStore {
public:
    static constexpr std::uintmax_t kDefaultLimit = std::uintmax_t{100} << 20;

    explicit CalibrationStore(std::string folder, std::uintmax_t limit = kDefaultLimit);
    /// In base::userCacheFolder(); null when there is no such folder and none can be made.
    static std::shared_ptr<CalibrationStore> ofUser();

    using Make = std::function<quant::Calibration()>;
    /// The calibration that is kept for these inputs, the same bits as when it was made; else what `make` returns,
    /// which is then kept. What `make` throws passes through, and nothing is kept.
    std::shared_ptr<const quant::Calibration> obtain(const CalibrationInputs &inputs, const Make &make);

    /// Calls of obtain() so far, by what they found.
    struct Counts {
        int found = 0;
        int made = 0;
        int damaged = 0; ///< of those made: there was a file, but not a whole one
    };
    Counts counts() const;

    const std::string &folder() const { return m_files.path(); }
    /// Where other things that are made from the same inputs may be kept too.
    const SealedFolder &files() const { return m_files; }
    /// The name of the file for these inputs, without folder.
    std::string fileName(const CalibrationInputs &inputs);

private:
    std::string digestOf(const model::GeneratorPtr &generator);
    std::shared_ptr<const quant::Calibration> read(const std::string &name, const model::Generator &generator) const;

    SealedFolder m_files;
    mutable std::mutex m_mutex; ///< of what follows
    Counts m_counts;
    std::weak_ptr<const model::Generator> m_generator; ///< whose digest is known: hashing a large one takes a while
    std::string m_generatorDigest;
};

} // namespace bitlens::compare
