// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/calibrationstore.h"

#include "engine/base/cpu.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/calibrationjson.h"
#include "engine/model/generatorjson.h"
#include "engine/run/floatrunner.h"

#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace bitlens::compare {

namespace fs = std::filesystem;

namespace {

/// To be raised whenever the same inputs give other numbers: choice of crops, resampling, ranges, means.
constexpr int kProcedureVersion = 2;
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

} // namespace

std::string pictureDigest(const image::Image &picture)
{
    return digestOfText(fmt::format("{}x{}x{} {} {} {}", picture.width(), picture.height(), picture.channels(),
                                    picture.maximum(), digestOfNumbers(picture.iccProfile()),
                                    base::sha256({picture.bytes(), picture.byteCount()})));
}

CalibrationStore::CalibrationStore(std::string folder, std::uintmax_t limit) : m_files(std::move(folder), limit) {}

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

std::string generatorDigest(const model::Generator &generator)
{
    model::Generator unnamed = generator;
    unnamed.name.clear(); // copies and renamed files have the same ranges
    unnamed.source.clear();
    std::string parts = model::generatorToJson(unnamed);
    for (const model::ConvLayer &layer : generator.layers)
        parts += fmt::format("\n{} {} {}", digestOfNumbers(*layer.weight), digestOfNumbers(layer.bias),
                             digestOfNumbers(layer.slopes));
    return digestOfText(parts);
}

std::string CalibrationStore::digestOf(const model::GeneratorPtr &generator)
{
    const std::scoped_lock lock(m_mutex);
    if (m_generator.lock() == generator && !m_generatorDigest.empty())
        return m_generatorDigest;
    m_generatorDigest = generatorDigest(*generator);
    m_generator = generator;
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
    const std::string name = fileName(inputs);
    const bool exists = m_files.holds(name);
    if (exists)
        if (auto known = read(name, *inputs.generator)) {
            m_files.touch(name);
            const std::scoped_lock lock(m_mutex);
            ++m_counts.found;
            return known;
        }
    auto made = std::make_shared<const quant::Calibration>(make());
    m_files.write(name, calibrationToJson(*made));
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

std::shared_ptr<const quant::Calibration> CalibrationStore::read(const std::string &name,
                                                                 const model::Generator &generator) const
{
    const std::optional<std::string> json = m_files.read(name);
    if (!json)
        return nullptr;
    try {
        return std::make_shared<const quant::Calibration>(calibrationFromJson(*json, generator, name));
    } catch (const base::Error &) {
        return nullptr;
    }
}

} // namespace bitlens::compare
