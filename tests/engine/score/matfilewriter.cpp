// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/engine/score/matfilewriter.h"

#include "engine/score/mafeatures.h"

#include <matio.h>
#include <random>
#include <stdexcept>

namespace bitlens::test {

RawForest RawForest::random(std::size_t features, std::size_t treeCount, std::size_t nodeLimit, unsigned seed)
{
    RawForest forest;
    forest.nodes = nodeLimit + 3; // a few that no tree uses
    forest.trees = treeCount;
    const std::size_t count = forest.nodes * forest.trees;
    forest.left.resize(count);
    forest.right.resize(count);
    forest.feature.resize(count);
    forest.threshold.resize(count);
    forest.prediction.resize(count);
    std::mt19937 engine(seed);
    const auto unit = [&] { return static_cast<double>(engine()) / 4294967296.0; };
    for (std::size_t t = 0; t < treeCount; ++t) {
        std::size_t used = 1;
        for (std::size_t n = 0; n < used; ++n) {
            const std::size_t i = t * forest.nodes + n;
            forest.prediction[i] = 10 * unit();
            if (used + 2 > nodeLimit || (n > 4 && unit() < 0.3))
                continue;
            forest.left[i] = static_cast<std::int32_t>(++used);
            forest.right[i] = static_cast<std::int32_t>(++used);
            forest.feature[i] = static_cast<std::int32_t>(1 + engine() % features);
            forest.threshold[i] = unit();
        }
    }
    return forest;
}

double RawForest::predict(std::span<const double> features) const
{
    double sum = 0.0;
    for (std::size_t t = 0; t < trees; ++t) {
        std::size_t node = 1;
        for (;;) {
            const std::size_t i = t * nodes + node - 1;
            if (left[i] == 0) {
                sum += prediction[i];
                break;
            }
            node = static_cast<std::size_t>(features[feature[i] - 1] <= threshold[i] ? left[i] : right[i]);
        }
    }
    return sum / static_cast<double>(trees);
}

RawModel RawModel::random(std::size_t treeCount, std::size_t nodeLimit, unsigned seed)
{
    using score::MaFeatures;
    return {{RawForest::random(MaFeatures::kBlockCount, treeCount, nodeLimit, seed),
             RawForest::random(MaFeatures::kWaveletCount, treeCount, nodeLimit, seed + 1),
             RawForest::random(MaFeatures::kSingularCount, treeCount, nodeLimit, seed + 2)},
            {-0.5, 0.25, 0.5, 0.125}};
}

namespace {

matvar_t *matrix(const char *name, matio_classes kind, matio_types type, std::size_t rows, std::size_t columns,
                 const void *data)
{
    std::size_t dimensions[2] = {rows, columns};
    return Mat_VarCreate(name, kind, type, 2, dimensions, const_cast<void *>(data), 0);
}

matvar_t *forestVariable(const RawForest &forest, const std::string &omit)
{
    struct Field {
        const char *name;
        matvar_t *variable;
    };
    const auto whole = [&](const char *name, const std::vector<std::int32_t> &values) {
        return Field{name, matrix(nullptr, MAT_C_INT32, MAT_T_INT32, forest.nodes, forest.trees, values.data())};
    };
    const auto real = [&](const char *name, const std::vector<double> &values) {
        return Field{name, matrix(nullptr, MAT_C_DOUBLE, MAT_T_DOUBLE, forest.nodes, forest.trees, values.data())};
    };
    const auto trees = static_cast<double>(forest.trees);
    const auto nodes = static_cast<double>(forest.nodes);
    const std::vector<std::int32_t> status(forest.left.size(), -3);
    const std::vector<std::int32_t> used(forest.trees, static_cast<std::int32_t>(forest.nodes));
    std::size_t textSize[2] = {1, 10};
    const std::vector<Field> fields{
        whole("lDau", forest.left),
        whole("rDau", forest.right),
        whole("nodestatus", status),
        {"nrnodes", matrix(nullptr, MAT_C_DOUBLE, MAT_T_DOUBLE, 1, 1, &nodes)},
        real("upper", forest.threshold),
        real("avnode", forest.prediction),
        whole("mbest", forest.feature),
        {"ndtree", matrix(nullptr, MAT_C_INT32, MAT_T_INT32, forest.trees, 1, used.data())},
        {"ntree", matrix(nullptr, MAT_C_DOUBLE, MAT_T_DOUBLE, 1, 1, &trees)},
        {"type", Mat_VarCreate(nullptr, MAT_C_CHAR, MAT_T_UTF8, 2, textSize, const_cast<char *>("regression"), 0)},
    };
    std::vector<const char *> names;
    for (const Field &field : fields)
        if (field.name != omit)
            names.push_back(field.name);
    std::size_t one[2] = {1, 1};
    matvar_t *result = Mat_VarCreateStruct(nullptr, 2, one, names.data(), static_cast<unsigned>(names.size()));
    for (const Field &field : fields)
        if (field.name != omit)
            Mat_VarSetStructFieldByName(result, field.name, 0, field.variable);
        else
            Mat_VarFree(field.variable);
    return result;
}

} // namespace

void writeModel(const RawModel &model, const std::string &path, const MatStyle &style)
{
    matvar_t *cells[3];
    for (std::size_t i = 0; i < 3; ++i)
        cells[i] = forestVariable(model.forests[i], style.omit);
    matvar_t *rf = matrix(nullptr, MAT_C_CELL, MAT_T_CELL, style.column ? 3 : 1, style.column ? 1 : 3, cells);
    const char *names[] = {"rf", "linear"};
    std::size_t one[2] = {1, 1};
    matvar_t *variable = Mat_VarCreateStruct(style.variable.c_str(), 2, one, names, 2);
    Mat_VarSetStructFieldByName(variable, "rf", 0, rf);
    Mat_VarSetStructFieldByName(variable, "linear", 0,
                                matrix(nullptr, MAT_C_DOUBLE, MAT_T_DOUBLE, 4, 1, model.linear.data()));
    mat_t *file = Mat_CreateVer(path.c_str(), nullptr, MAT_FT_MAT5);
    if (!file)
        throw std::runtime_error("libmatio cannot write " + path);
    const int failure = Mat_VarWrite(file, variable, style.compressed ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE);
    Mat_Close(file);
    Mat_VarFree(variable);
    if (failure != 0)
        throw std::runtime_error("libmatio cannot write the model");
}

} // namespace bitlens::test
