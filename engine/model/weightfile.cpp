// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/weightfile.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/model/ncnn.h"
#include "engine/model/safetensors.h"
#include "engine/model/torchlegacy.h"
#include "engine/model/torchzip.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

/// Left behind by torch's module wrappers (data parallel, compiled) in front of every key.
constexpr std::array<std::string_view, 2> kWrapperPrefixes{"module.", "_orig_mod."};

void dropWrapperPrefixes(StateDict &state)
{
    for (bool again = !state.entries.empty(); again;) {
        again = false;
        for (const std::string_view prefix : kWrapperPrefixes) {
            const bool shared = std::all_of(state.entries.begin(), state.entries.end(), [&](const auto &entry) {
                return entry.first.size() > prefix.size() && entry.first.compare(0, prefix.size(), prefix) == 0;
            });
            if (!shared)
                continue;
            for (auto &entry : state.entries)
                entry.first.erase(0, prefix.size());
            again = true;
        }
    }
}

void requireFinite(const StateDict &state, const std::string &file)
{
    for (const auto &[key, tensor] : state.entries)
        if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float x) { return std::isfinite(x); }))
            throw base::Error(base::ErrorCode::BrokenFile, file,
                              fmt::format("key {} contains NaN or infinity, expected finite numbers of shape {}", key,
                                          tensor.shapeText()));
}

[[noreturn]] void throwUnknownFormat(const FileContent &file)
{
    std::string titles;
    for (const WeightFormat &format : weightFormats())
        titles += (titles.empty() ? "" : ", ") + format.title;
    std::string hint;
    if (file.bytes.empty())
        hint = "the file is empty; ";
    else if (file.bytes[0] == 0x80)
        hint = "a bare Python pickle, which is not read; ";
    throw base::Error(base::ErrorCode::UnknownFormat, file.path,
                      fmt::format("not a weight file this program knows ({}expected {})", hint, titles));
}

} // namespace

std::span<const WeightFormat> weightFormats()
{
    static const std::array known{
        safetensorsFormat(),
        torchZipFormat(),
        torchLegacyFormat(),
        ncnnFormat(),
    };
    return known;
}

WeightFile readWeightFile(const std::string &path)
{
    const std::vector<std::uint8_t> bytes = base::readFile(path);
    const FileContent content{path, bytes};
    for (const WeightFormat &format : weightFormats()) {
        if (!format.recognises(content))
            continue;
        WeightFile file = format.read(content);
        requireFinite(file.state, path);
        dropWrapperPrefixes(file.state);
        return file;
    }
    throwUnknownFormat(content);
}

} // namespace bitlens::model
