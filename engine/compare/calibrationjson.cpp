// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/calibrationjson.h"

#include "engine/base/error.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bitlens::compare {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

/// Reads with the file's name at hand.
class Reader {
public:
    Reader(const std::string &file, std::size_t map) : m_file(file), m_map(map) {}

    [[noreturn]] void fail(const std::string &what) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file, fmt::format("ranges of map {}: {}", m_map, what));
    }

    float number(const Json &json, const char *name) const
    {
        if (!json.is_number())
            fail(fmt::format("{}: expected a number", name));
        const double value = json.get<double>();
        if (!std::isfinite(value) || std::abs(value) > static_cast<double>(std::numeric_limits<float>::max()))
            fail(fmt::format("{}: expected a finite number", name));
        return static_cast<float>(value);
    }

    const Json &member(const Json &json, const char *name) const
    {
        const auto found = json.is_object() ? json.find(name) : json.end();
        if (!json.is_object() || found == json.end())
            fail(fmt::format("{} is missing", name));
        return *found;
    }

    /// Empty, or one number a channel.
    std::vector<float> numbers(const Json &json, const char *name, int channels) const
    {
        const Json &list = member(json, name);
        if (!list.is_array() || (!list.empty() && list.size() != static_cast<std::size_t>(channels)))
            fail(fmt::format("{}: expected {} numbers or none", name, channels));
        std::vector<float> values;
        for (const Json &value : list)
            values.push_back(number(value, name));
        return values;
    }

private:
    const std::string &m_file;
    std::size_t m_map;
};

} // namespace

std::string calibrationToJson(const quant::Calibration &calibration)
{
    Json maps = Json::array();
    for (std::size_t i = 0; i < calibration.ranges.size(); ++i) {
        const quant::Range &range = calibration.ranges[i];
        maps.push_back({{"low", range.low},
                        {"high", range.high},
                        {"exponent", i < calibration.channelExponents.size() ? calibration.channelExponents[i] : 0.0F},
                        {"channel_low", range.channelLow},
                        {"channel_high", range.channelHigh},
                        {"channel_means",
                         i < calibration.channelMeans.size() ? calibration.channelMeans[i] : std::vector<float>()}});
    }
    const Json json{{"schema", kSchema},
                    {"description", calibration.description},
                    {"means_known", !calibration.channelMeans.empty()},
                    {"maps", std::move(maps)}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

quant::Calibration calibrationFromJson(const std::string &text, const model::Generator &generator,
                                       const std::string &file)
{
    const Json json = Json::parse(text, nullptr, false);
    const auto fail = [&file](const std::string &what) { throw base::Error(base::ErrorCode::BrokenFile, file, what); };
    if (!json.is_object() || json.value("schema", Json()) != kSchema)
        fail(fmt::format("expected ranges of schema {}", kSchema));
    const auto maps = json.find("maps");
    const std::size_t expected = generator.layers.size() + 1;
    if (maps == json.end() || !maps->is_array() || maps->size() != expected)
        fail(fmt::format("expected the ranges of {} maps", expected));
    quant::Calibration calibration;
    if (const auto description = json.find("description"); description != json.end() && description->is_string())
        calibration.description = description->get<std::string>();
    const bool means = json.value("means_known", Json(false)) == true;
    for (std::size_t i = 0; i < maps->size(); ++i) {
        const Json &map = (*maps)[i];
        const Reader reader(file, i);
        const int channels = generator.mapChannels(static_cast<int>(i));
        quant::Range range;
        range.low = reader.number(reader.member(map, "low"), "low");
        range.high = reader.number(reader.member(map, "high"), "high");
        range.channelLow = reader.numbers(map, "channel_low", channels);
        range.channelHigh = reader.numbers(map, "channel_high", channels);
        if (range.low > 0.0F || range.high < 0.0F || range.channelLow.size() != range.channelHigh.size())
            reader.fail("expected low <= 0 <= high, and as many lows as highs");
        for (std::size_t c = 0; c < range.channelLow.size(); ++c)
            if (range.channelLow[c] > range.channelHigh[c])
                reader.fail(fmt::format("channel {} has its low above its high", c));
        const float exponent = reader.number(reader.member(map, "exponent"), "exponent");
        if (exponent < 0.0F || exponent > 1.0F)
            reader.fail("exponent: expected 0 to 1");
        calibration.ranges.push_back(std::move(range));
        calibration.channelExponents.push_back(exponent);
        if (means)
            calibration.channelMeans.push_back(reader.numbers(map, "channel_means", channels));
    }
    return calibration;
}

} // namespace bitlens::compare
