// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/compare/bundle.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/compare/bundlefiles.h"
#include "engine/compare/calibrationjson.h"
#include "engine/compare/reportjson.h"
#include "engine/image/pngwriter.h"
#include "engine/model/generatorjson.h"

#include <filesystem>

#include <fmt/format.h>

namespace bitlens::compare {

namespace {

using base::Error;
using base::ErrorCode;

constexpr const char *kManifest = "bundle.json";
constexpr const char *kPlan = "plan.json";
constexpr const char *kRanges = "ranges.json";
constexpr const char *kInput = "input.png";
constexpr const char *kModel = "model.safetensors";
constexpr const char *kGenerator = "generator.safetensors";
constexpr const char *kFp32 = "fp32.png";
constexpr const char *kQuantized = "quantized.png";

/// The generator under a name that says nothing, so that equal weights give equal bytes.
model::Generator anonymous(const model::Generator &generator)
{
    model::Generator copy = generator;
    copy.name = "model";
    copy.source.clear();
    if (copy.storage == model::WeightStorage::Quantized)
        copy.storage = model::WeightStorage::Float32;
    return copy;
}

/// A model in this program's own container: weights as they are in the file that was read.
std::vector<std::uint8_t> modelBytes(const model::GeneratorPtr &generator, const quant::QuantizedModelPtr &packed)
{
    if (!packed)
        return model::exportGenerator(anonymous(*generator));
    quant::QuantizedModel copy = *packed;
    copy.generator = std::make_shared<const model::Generator>(anonymous(*packed->generator));
    return quant::pack(copy);
}

/// The packed model is what the request runs on; otherwise only its ranges or weights may be.
quant::QuantizedModelPtr usedPacked(const Request &request)
{
    return request.packed && request.packed->generator == request.generator ? request.packed : nullptr;
}

std::vector<std::uint8_t> bytesOf(const std::string &text) { return {text.begin(), text.end()}; }

Json pictureJson(const image::Image &picture, const char *file)
{
    Json json{{"sha256", pictureHash(picture)},
              {"width", picture.width()},
              {"height", picture.height()},
              {"channels", picture.channels()},
              {"bits", picture.type() == image::SampleType::U8 ? 8 : 16}};
    json["file"] = file ? Json(file) : Json(nullptr);
    return json;
}

std::string absolutePath(const std::string &path)
{
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    return error ? path : absolute.lexically_normal().string();
}

} // namespace

std::string pictureHash(const image::Image &picture)
{
    const std::string kind = fmt::format("{}x{}x{} {}\n", picture.width(), picture.height(), picture.channels(),
                                         picture.type() == image::SampleType::U8 ? "u8" : "u16");
    std::vector<std::uint8_t> bytes(kind.begin(), kind.end());
    bytes.insert(bytes.end(), picture.bytes(), picture.bytes() + picture.byteCount());
    return base::sha256(bytes);
}

std::string modelHash(const model::GeneratorPtr &generator, const quant::QuantizedModelPtr &packed)
{
    return base::sha256(modelBytes(generator, packed));
}

void writeBundle(const Request &request, const Result &result, const BundleOptions &options, const std::string &path,
                 const base::Job &job)
{
    if (result.fp32.isNull() || result.quantized.isNull() || !result.calibration || !request.generator)
        throw Error(ErrorCode::InvalidArgument, path, "a bundle needs the result of both sides");
    base::refuseInput(path, options.inputs);
    const auto step = [&job](double fraction, const char *what) {
        job.cancel.throwIfCancelled();
        job.report(fraction, what);
    };
    std::vector<BundleFile> files;
    const auto addPicture = [&files](const image::Image &picture, const char *name) {
        files.push_back({name, image::PngWriter(picture).bytes()});
    };
    const bool copyImage = options.copyImage || options.imagePath.empty();
    const bool copyModel = options.copyModel || options.modelArgument.empty();

    step(0.0, "gathering the pictures");
    Json json;
    json["schema"] = kJsonSchema;
    json["kind"] = "bitlens bundle";
    json["versions"] = options.versions;
    json["image"] = pictureJson(request.input, copyImage ? kInput : nullptr);
    json["image"]["path"] = options.imagePath.empty() ? Json(nullptr) : Json(absolutePath(options.imagePath));
    json["image"]["name"] = request.inputName;
    if (copyImage)
        addPicture(request.input, kInput);

    step(0.2, "gathering the model");
    const quant::QuantizedModelPtr packed = usedPacked(request);
    std::vector<std::uint8_t> weights = modelBytes(request.generator, packed);
    // A packed file read back is its own FP32 side; a tuned model keeps the one that it was made from.
    const bool hasOwnGenerator = packed && request.generator->storage != model::WeightStorage::Quantized;
    json["model"] = {{"sha256", base::sha256(weights)},
                     {"name", request.generator->name},
                     {"packed", packed != nullptr},
                     {"file", copyModel || hasOwnGenerator ? Json(kModel) : Json(nullptr)},
                     {"argument", options.modelArgument}};
    if (copyModel || hasOwnGenerator)
        files.push_back({kModel, std::move(weights)});
    if (hasOwnGenerator) {
        std::vector<std::uint8_t> fp32 = modelBytes(request.generator, nullptr);
        json["model"]["generator"] = {{"sha256", base::sha256(fp32)}, {"file", kGenerator}};
        files.push_back({kGenerator, std::move(fp32)});
    }

    json["plan"] = {{"name", request.planName}, {"rules", request.plan.toRules(*request.generator)}, {"file", kPlan}};
    files.push_back({kPlan, bytesOf(request.plan.toJson(anonymous(*request.generator)))});
    json["ranges"] = {{"description", result.calibration->description}, {"file", kRanges}};
    files.push_back({kRanges, bytesOf(calibrationToJson(*result.calibration))});
    json["memory"] = request.memoryBudget;
    json["tile"] = {{"fp32", result.tiles.fp32}, {"quantized", result.tiles.quantized}};

    step(0.4, "gathering the results");
    json["results"] = {{"fp32", pictureJson(result.fp32, kFp32)},
                       {"quantized", pictureJson(result.quantized, kQuantized)}};
    addPicture(result.fp32, kFp32);
    step(0.6, "gathering the results");
    addPicture(result.quantized, kQuantized);
    json["figure"] = options.figureName.empty() ? Json(nullptr) : Json(options.figureName);
    if (!options.figureName.empty())
        files.push_back({options.figureName, options.figure});
    json["report"] = reportJson(result.report);
    files.insert(files.begin(), {kManifest, bytesOf(json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n')});
    step(0.8, "writing the bundle");
    writeBundleFiles(files, path, job.part(0.8, 1.0));
}

} // namespace bitlens::compare
