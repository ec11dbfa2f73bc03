// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/bundle.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/bundlefiles.h"
#include "engine/compare/calibrationjson.h"
#include "engine/compare/reportjson.h"
#include "engine/image/codec.h"
#include "engine/model/catalogue.h"
#include "engine/model/generatorjson.h"
#include "engine/model/reader.h"
#include "engine/model/safetensors.h"
#include "engine/model/weightfile.h"
#include "engine/quant/tunedmodel.h"

#include <algorithm>

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

using base::Error;
using base::ErrorCode;

/// Far above what any bundle of ours holds.
constexpr std::size_t kLargestText = std::size_t{4} << 20;
constexpr std::size_t kLargestRanges = std::size_t{64} << 20;
constexpr std::size_t kLargestPicture = std::size_t{4} << 30;
constexpr std::size_t kLargestModel = std::size_t{16} << 30;
constexpr std::size_t kLongestText = 100'000;
constexpr std::size_t kHashDigits = 64;
/// No picture is longer.
constexpr std::uint64_t kLongestTile = std::uint64_t{1} << 24;

/// Checked access to the members of bundle.json.
class Manifest {
public:
    Manifest(Json json, std::string file) : m_json(std::move(json)), m_file(std::move(file))
    {
        if (!m_json.is_object())
            fail("bundle.json is no JSON object");
        if (m_json.value("schema", Json()) != kJsonSchema || m_json.value("kind", Json()) != "bitlens bundle")
            fail(fmt::format("bundle.json: expected a bitlens bundle of schema {}", kJsonSchema));
    }

    [[noreturn]] void fail(const std::string &what) const { throw Error(ErrorCode::BrokenFile, m_file, what); }

    /// A value by its path of names; null where it is missing.
    const Json &at(std::initializer_list<const char *> path) const
    {
        static const Json kNothing;
        const Json *json = &m_json;
        for (const char *name : path) {
            if (!json->is_object())
                return kNothing;
            const auto found = json->find(name);
            if (found == json->end())
                return kNothing;
            json = &*found;
        }
        return *json;
    }

    /// Empty where it is null or missing.
    std::string text(std::initializer_list<const char *> path) const
    {
        const Json &json = at(path);
        if (json.is_null())
            return {};
        if (!json.is_string() || json.get_ref<const std::string &>().size() > kLongestText)
            fail(fmt::format("bundle.json, {}: expected a text", joined(path)));
        return json.get<std::string>();
    }

    std::string hash(std::initializer_list<const char *> path) const
    {
        const std::string digits = text(path);
        const auto isDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
        if (digits.size() != kHashDigits || !std::all_of(digits.begin(), digits.end(), isDigit))
            fail(fmt::format("bundle.json, {}: expected a SHA-256", joined(path)));
        return digits;
    }

private:
    static std::string joined(std::initializer_list<const char *> path)
    {
        std::string all;
        for (const char *name : path)
            all += (all.empty() ? "" : ".") + std::string(name);
        return all;
    }

    Json m_json;
    std::string m_file;
};

std::string textOf(const std::vector<std::uint8_t> &bytes) { return {bytes.begin(), bytes.end()}; }

/// A generator, and the quantized model it came in where it did.
struct Model {
    model::GeneratorPtr generator;
    quant::QuantizedModelPtr packed;
};

Model modelFrom(const std::vector<std::uint8_t> &bytes, const std::string &file, const std::string &name)
{
    Model found;
    if (quant::isPacked(bytes)) {
        found.packed = quant::unpack(bytes, file);
        found.generator = found.packed->generator;
        return found;
    }
    const model::WeightFormat format = model::safetensorsFormat();
    const model::FileContent content{file, bytes};
    if (!format.recognises(content))
        throw Error(ErrorCode::BrokenFile, file, "the model is no safetensors file");
    model::WeightFile weights = format.read(content);
    const auto description = weights.state.metadata.find(model::kGeneratorMetadataKey);
    if (description == weights.state.metadata.end())
        throw Error(ErrorCode::BrokenFile, file, "the model has no description of its generator");
    const std::string json = description->second;
    model::Generator generator = model::generatorFromExport(json, std::move(weights.state), file);
    generator.name = name;
    found.generator = std::make_shared<const model::Generator>(std::move(generator));
    return found;
}

Model modelFromArgument(const std::string &argument)
{
    const std::string path = model::resolveModel(argument);
    constexpr std::size_t kHeader = std::size_t{1} << 20;
    Model found;
    if (quant::isPacked(base::readFileStart(path, kHeader))) {
        found.packed = quant::unpack(base::readFile(path, kLargestModel), path);
        found.generator = found.packed->generator;
    } else {
        found.generator = model::readGenerator(path);
    }
    return found;
}

/// Reads the parts in the order in which they depend on each other.
class Reader {
public:
    Reader(const std::string &path, const BundleReadOptions &options)
        : m_path(path),
          m_options(options),
          m_files(path),
          m_manifest(Json::parse(textOf(m_files.read("bundle.json", kLargestText)), nullptr, false), path)
    {
    }

    Bundle read()
    {
        readVersions();
        readInput();
        readModel();
        readPlan();
        m_bundle.fp32 = result("fp32");
        m_bundle.quantized = result("quantized");
        return std::move(m_bundle);
    }

private:
    image::Image picture(const std::string &name) const
    {
        return image::readImage(m_files.read(name, kLargestPicture), m_path + ": " + name, {m_options.allowLarge});
    }

    void readVersions()
    {
        const Json &versions = m_manifest.at({"versions"});
        if (!versions.is_null() && !versions.is_object())
            m_manifest.fail("bundle.json, versions: expected an object");
        for (const auto &[name, value] : versions.items())
            if (value.is_string())
                m_bundle.versions[name] = value.get<std::string>();
    }

    void readInput()
    {
        m_bundle.imageHash = m_manifest.hash({"image", "sha256"});
        m_bundle.imagePath = m_manifest.text({"image", "path"});
        const std::string file = m_manifest.text({"image", "file"});
        const std::string outside = m_options.imagePath.empty() ? m_bundle.imagePath : m_options.imagePath;
        if (!file.empty() && m_options.imagePath.empty())
            m_bundle.request.input = picture(file);
        else if (!outside.empty())
            m_bundle.request.input = image::readImage(outside, {m_options.allowLarge});
        else
            m_manifest.fail("bundle.json, image: neither a file nor a path");
        m_bundle.request.inputName = m_manifest.text({"image", "name"});
    }

    void readModel()
    {
        m_bundle.modelHash = m_manifest.hash({"model", "sha256"});
        m_bundle.modelArgument = m_manifest.text({"model", "argument"});
        const std::string file = m_manifest.text({"model", "file"});
        const std::string outside = m_options.modelArgument.empty() ? m_bundle.modelArgument : m_options.modelArgument;
        Model found;
        if (!file.empty() && m_options.modelArgument.empty())
            found =
                modelFrom(m_files.read(file, kLargestModel), m_path + ": " + file, m_manifest.text({"model", "name"}));
        else if (!outside.empty())
            found = modelFromArgument(outside);
        else
            m_manifest.fail("bundle.json, model: neither a file nor a name");
        const std::string fp32 = m_options.modelArgument.empty() ? m_manifest.text({"model", "generator", "file"}) : "";
        if (!fp32.empty()) {
            m_bundle.generatorHash = m_manifest.hash({"model", "generator", "sha256"});
            found = withGenerator(found, modelFrom(m_files.read(fp32, kLargestModel), m_path + ": " + fp32,
                                                   m_manifest.text({"model", "name"})));
        }
        m_bundle.request.generator = found.generator;
        m_bundle.request.packed = found.packed;
    }

    /// The packed model with another FP32 side, which must be of the same structure.
    Model withGenerator(const Model &model, const Model &fp32) const
    {
        if (!model.packed || fp32.packed)
            failGenerator();
        try {
            return {fp32.generator, quant::withGenerator(*model.packed, fp32.generator)};
        } catch (const Error &) {
            failGenerator();
        }
    }

    [[noreturn]] void failGenerator() const
    {
        m_manifest.fail("bundle.json, model.generator: it is not the FP32 side of the packed model");
    }

    void readPlan()
    {
        const model::Generator &generator = *m_bundle.request.generator;
        m_bundle.planRules = m_manifest.text({"plan", "rules"});
        m_bundle.request.planName = m_manifest.text({"plan", "name"});
        const std::string plan = textOf(m_files.read(m_manifest.text({"plan", "file"}), kLargestText));
        const std::string ranges = textOf(m_files.read(m_manifest.text({"ranges", "file"}), kLargestRanges));
        const std::string planFile = m_path + ": plan.json";
        m_bundle.request.plan = quant::BitPlan::fromJson(plan, generator, planFile);
        m_bundle.request.calibration = std::make_shared<const quant::Calibration>(
            calibrationFromJson(ranges, generator, m_path + ": ranges.json"));
        const Json &memory = m_manifest.at({"memory"});
        if (memory.is_number_unsigned())
            m_bundle.request.memoryBudget = memory.get<std::size_t>();
        const auto tile = [this](const char *side) {
            const Json &length = m_manifest.at({"tile", side});
            return length.is_number_unsigned() ? static_cast<int>(std::min(length.get<std::uint64_t>(), kLongestTile))
                                               : 0;
        };
        m_bundle.request.maximumTiles = {tile("fp32"), tile("quantized")};
        // Weights and ranges of a packed model are taken as they are only under its own plan.
        const quant::QuantizedModelPtr &packed = m_bundle.request.packed;
        if (packed && packed->plan == m_bundle.request.plan
            && packed->calibration.ranges == m_bundle.request.calibration->ranges)
            m_bundle.request.calibration = {packed, &packed->calibration};
    }

    BundledPicture result(const char *side) const
    {
        BundledPicture recorded{m_manifest.hash({"results", side, "sha256"}), {}};
        const std::string file = m_manifest.text({"results", side, "file"});
        if (!file.empty()) {
            recorded.picture = picture(file);
            if (pictureHash(recorded.picture) != recorded.hash)
                m_manifest.fail(fmt::format("{} is not the picture whose hash bundle.json records", file));
        }
        return recorded;
    }

    std::string m_path;
    BundleReadOptions m_options;
    BundleFiles m_files;
    Manifest m_manifest;
    Bundle m_bundle;
};

} // namespace

Bundle readBundle(const std::string &path, const BundleReadOptions &options)
{
    try {
        return Reader(path, options).read();
    } catch (...) {
        throw base::currentExceptionAsError(path);
    }
}

} // namespace bitlens::compare
