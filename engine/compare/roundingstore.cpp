// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/roundingstore.h"

#include "engine/base/cpu.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/calibrationstore.h"
#include "engine/run/floatrunner.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

/// To be raised whenever the same inputs give other numbers.
constexpr int kProcedureVersion = 1;

std::string digestOfFloats(const float *values, std::size_t count)
{
    return base::sha256({reinterpret_cast<const std::uint8_t *>(values), count * sizeof(float)});
}

std::string nameOf(const quant::QuantizedModel &start, std::span<const image::Planes> pictures,
                   const std::string &method, int threads)
{
    std::string parts =
        fmt::format("procedure {}, {}\n{} on {}\n{}\n{}", kProcedureVersion, method, run::floatBackend(threads),
                    base::cpuName(), generatorDigest(*start.generator), base::sha256(quant::pack(start)));
    for (const std::vector<float> &means : start.calibration.channelMeans)
        parts += '\n' + digestOfFloats(means.data(), means.size());
    for (const image::Planes &picture : pictures)
        parts += fmt::format("\n{}x{} {}", picture.width(), picture.height(),
                             digestOfFloats(picture.data(), picture.count()));
    return base::sha256({reinterpret_cast<const std::uint8_t *>(parts.data()), parts.size()}) + ".rounding";
}

/// The start with the numbers of a packed model of it; null where that is none.
quant::QuantizedModelPtr withNumbersOf(const quant::QuantizedModel &start, const std::string &content,
                                       const std::string &name)
{
    try {
        const quant::QuantizedModelPtr packed =
            quant::unpack({reinterpret_cast<const std::uint8_t *>(content.data()), content.size()}, name);
        if (!(packed->plan == start.plan))
            return nullptr;
        auto model = std::make_shared<quant::QuantizedModel>(start);
        model->layers = packed->layers;
        model->calibration.ranges = packed->calibration.ranges;
        model->calibration.channelExponents = packed->calibration.channelExponents;
        model->calibration.description = packed->calibration.description;
        return model;
    } catch (const base::Error &) {
        return nullptr;
    }
}

} // namespace

quant::QuantizedModelPtr keptRounding(const SealedFolder &files, const quant::QuantizedModelPtr &start,
                                      std::span<const image::Planes> pictures, const std::string &method, int threads,
                                      const std::function<quant::QuantizedModelPtr()> &make)
{
    const std::string name = nameOf(*start, pictures, method, threads);
    if (const std::optional<std::string> content = files.read(name))
        if (quant::QuantizedModelPtr known = withNumbersOf(*start, *content, name)) {
            files.touch(name);
            return known;
        }
    quant::QuantizedModelPtr made = make();
    const std::vector<std::uint8_t> bytes = quant::pack(*made);
    files.write(name, std::string(bytes.begin(), bytes.end()));
    return made;
}

} // namespace bitlens::compare
