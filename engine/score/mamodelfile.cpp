// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/mamodelfile.h"

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/score/matreader.h"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <optional>

#include <openssl/evp.h>

namespace bitlens::score {

namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kFeatureCounts[] = {MaFeatures::kBlockCount, MaFeatures::kWaveletCount,
                                          MaFeatures::kSingularCount};
constexpr std::size_t kLargestFile = std::size_t(1) << 30;

/// The fields of one forest as the authors' training code saves them: matrices of nodes x trees.
struct ForestFields {
    std::vector<std::int32_t> left, right, feature;
    std::vector<double> threshold, prediction;
    std::size_t nodes = 0;
    std::size_t trees = 0;
    std::optional<double> treeCount;
};

/// Turns the fields into trees in depth-first order; children are counted from 1, a node without left child is a leaf.
Forest forestFrom(const ForestFields &fields, std::size_t features, const std::string &name, const base::Job &job)
{
    const std::size_t count = fields.nodes * fields.trees;
    if (count == 0 || fields.left.size() != count || fields.right.size() != count || fields.feature.size() != count
        || fields.threshold.size() != count || fields.prediction.size() != count)
        throw Error(ErrorCode::BrokenFile, name, "a forest lacks one of lDau, rDau, mbest, upper, avnode");
    std::size_t trees = fields.trees;
    if (fields.treeCount) {
        if (!(*fields.treeCount >= 1) || *fields.treeCount > static_cast<double>(trees))
            throw Error(ErrorCode::BrokenFile, name, "a forest has fewer trees than it says");
        trees = static_cast<std::size_t>(*fields.treeCount);
    }
    struct Pending {
        std::int32_t node;     // in the file, from 1
        std::ptrdiff_t parent; // in the new tree, when it is a right child
    };
    std::vector<Forest::Tree> result(trees);
    std::vector<Pending> pending;
    for (std::size_t t = 0; t < trees; ++t) {
        job.cancel.throwIfCancelled();
        const std::size_t base = t * fields.nodes;
        Forest::Tree &tree = result[t];
        pending.assign(1, {1, -1});
        while (!pending.empty()) {
            const Pending next = pending.back();
            pending.pop_back();
            if (next.node < 1 || static_cast<std::size_t>(next.node) > fields.nodes)
                throw Error(ErrorCode::BrokenFile, name, fmt::format("tree {} has a branch that leads nowhere", t + 1));
            if (tree.value.size() == fields.nodes)
                throw Error(ErrorCode::BrokenFile, name, fmt::format("tree {} runs in a circle", t + 1));
            const std::size_t index = base + static_cast<std::size_t>(next.node) - 1;
            const std::size_t here = tree.value.size();
            if (next.parent >= 0)
                tree.right[next.parent] = static_cast<std::uint32_t>(here - static_cast<std::size_t>(next.parent));
            const bool leaf = fields.left[index] == 0;
            const std::int32_t feature = fields.feature[index];
            if (!leaf && (feature < 1 || static_cast<std::size_t>(feature) > features))
                throw Error(ErrorCode::BrokenFile, name,
                            fmt::format("tree {} asks for feature {} of {}", t + 1, feature, features));
            tree.value.push_back(leaf ? fields.prediction[index] : fields.threshold[index]);
            tree.feature.push_back(leaf ? Forest::kLeaf : static_cast<std::uint8_t>(feature - 1));
            tree.right.push_back(0);
            if (!leaf) {
                pending.push_back({fields.right[index], static_cast<std::ptrdiff_t>(here)});
                pending.push_back({fields.left[index], -1});
            }
        }
        tree.value.shrink_to_fit();
        tree.feature.shrink_to_fit();
        tree.right.shrink_to_fit();
    }
    try {
        return Forest(features, std::move(result));
    } catch (const Error &error) {
        throw Error(error.code(), name, error.detail());
    }
}

/// Collects model.linear and, forest by forest, the fields of model.rf{1..3}.
class ModelVisitor : public MatVisitor {
public:
    ModelVisitor(const std::string &name, const base::Job &job) : m_name(name), m_job(job) {}

    bool wants(const MatArray &array) override
    {
        if (array.path == "model")
            return array.isStruct && array.count() == 1;
        if (array.path == "model.rf") {
            if (!array.isCell || array.count() != m_forests.size())
                throw Error(ErrorCode::BrokenFile, m_name, "model.rf is not a list of three forests");
            return true;
        }
        if (array.path == "model.linear")
            return array.isNumeric;
        const std::size_t field = array.path.find("}.");
        if (array.path.rfind("model.rf{", 0) != 0)
            return false;
        if (field == std::string::npos)
            return array.isStruct && array.count() == 1;
        const std::string part = array.path.substr(field + 2);
        return array.isNumeric
               && (part == "lDau" || part == "rDau" || part == "mbest" || part == "upper" || part == "avnode"
                   || part == "ntree");
    }

    void numbers(const MatArray &array, std::vector<double> values) override
    {
        if (array.path == "model.linear") {
            if (values.size() != m_linear.size())
                throw Error(ErrorCode::BrokenFile, m_name, "model.linear does not have four weights");
            std::copy(values.begin(), values.end(), m_linear.begin());
            m_hasLinear = true;
            return;
        }
        const std::string part = array.path.substr(array.path.find("}.") + 2);
        if (part == "ntree") {
            if (values.size() == 1)
                m_fields.treeCount = values[0];
            return;
        }
        if (m_fields.nodes == 0) {
            m_fields.nodes = array.dimensions[0];
            m_fields.trees = array.count() / std::max<std::size_t>(m_fields.nodes, 1);
        }
        if (array.dimensions[0] != m_fields.nodes || values.size() != m_fields.nodes * m_fields.trees)
            throw Error(ErrorCode::BrokenFile, m_name, "the fields of a forest differ in size");
        if (part == "upper")
            m_fields.threshold = std::move(values);
        else if (part == "avnode")
            m_fields.prediction = std::move(values);
        else
            (part == "lDau" ? m_fields.left : part == "rDau" ? m_fields.right : m_fields.feature) = whole(values, part);
    }

    void finished(const MatArray &array) override
    {
        for (std::size_t i = 0; i < m_forests.size(); ++i)
            if (array.path == fmt::format("model.rf{{{}}}", i + 1)) {
                m_forests[i] = forestFrom(m_fields, kFeatureCounts[i], m_name, m_job);
                m_fields = ForestFields();
            }
    }

    MaModelPtr model()
    {
        if (!m_hasLinear)
            throw Error(ErrorCode::BrokenFile, m_name,
                        "has no variable \"model\" with three forests and their weights");
        try {
            return std::make_shared<const MaModel>(std::move(m_forests), m_linear);
        } catch (const Error &error) {
            throw Error(error.code(), m_name, error.detail());
        }
    }

private:
    std::vector<std::int32_t> whole(const std::vector<double> &values, const std::string &field) const
    {
        std::vector<std::int32_t> result(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!(values[i] >= 0 && values[i] <= 2147483647.0) || values[i] != std::floor(values[i]))
                throw Error(ErrorCode::BrokenFile, m_name, field + " of a forest has a value that is no node number");
            result[i] = static_cast<std::int32_t>(values[i]);
        }
        return result;
    }

    const std::string &m_name;
    const base::Job &m_job;
    ForestFields m_fields;
    std::array<Forest, 3> m_forests;
    std::array<double, 4> m_linear{};
    bool m_hasLinear = false;
};

// The cache: kMagic, SHA-256 of the rest as 64 digits, then: length and text of the source, the 4 weights, and for each
// forest its number of features, of trees and of nodes of each tree (32 bits), then of each tree the values (64 bits),
// distances (32 bits) and features (8 bits). Host byte order: a cache does not travel.
constexpr char kMagic[] = "Bitlens Ma forests 1\n";
constexpr std::size_t kMagicSize = sizeof kMagic - 1;
constexpr std::size_t kDigestSize = 64;

class Writer {
public:
    explicit Writer(std::size_t expected) { m_bytes.reserve(expected); }
    template <typename T>
    void add(const T *values, std::size_t count)
    {
        const auto *bytes = reinterpret_cast<const std::uint8_t *>(values);
        m_bytes.insert(m_bytes.end(), bytes, bytes + count * sizeof(T));
    }
    void add(std::size_t number)
    {
        const auto narrow = static_cast<std::uint32_t>(number);
        add(&narrow, 1);
    }
    std::vector<std::uint8_t> take() { return std::move(m_bytes); }

private:
    std::vector<std::uint8_t> m_bytes;
};

class CacheReader {
public:
    explicit CacheReader(std::span<const std::uint8_t> bytes) : m_bytes(bytes) {}
    template <typename T>
    std::vector<T> take(std::size_t count)
    {
        if (count > m_bytes.size() / sizeof(T))
            throw Error(ErrorCode::BrokenFile, {}, "the cache of the Ma model is cut short");
        std::vector<T> values(count);
        if (count > 0)
            std::memcpy(values.data(), m_bytes.data(), count * sizeof(T));
        m_bytes = m_bytes.subspan(count * sizeof(T));
        return values;
    }
    std::size_t number() { return take<std::uint32_t>(1)[0]; }

private:
    std::span<const std::uint8_t> m_bytes;
};

} // namespace

MaModelPtr readMaModel(std::span<const std::uint8_t> bytes, const std::string &name, const base::Job &job)
{
    ModelVisitor visitor(name, job);
    readMat(bytes, name, visitor, job);
    return visitor.model();
}

MaModelPtr readMaModel(const std::string &path, const base::Job &job)
{
    return readMaModel(base::readFile(path, kLargestFile), path, job);
}

std::vector<std::uint8_t> maCacheFromModel(const MaModel &model, const std::string &source)
{
    std::size_t nodes = 0;
    std::size_t trees = 0;
    for (const Forest &forest : model.forests()) {
        nodes += forest.nodeCount();
        trees += forest.treeCount();
    }
    // Some hundred megabytes: one allocation, and the checksum is put in afterwards.
    Writer file(kMagicSize + kDigestSize + source.size() + 100 + trees * 4 + nodes * 13);
    file.add(kMagic, kMagicSize);
    file.add(std::string(kDigestSize, ' ').data(), kDigestSize);
    file.add(source.size());
    file.add(source.data(), source.size());
    file.add(model.linear().data(), model.linear().size());
    for (const Forest &forest : model.forests()) {
        file.add(forest.featureCount());
        file.add(forest.treeCount());
        for (const Forest::Tree &tree : forest.trees())
            file.add(tree.value.size());
        for (const Forest::Tree &tree : forest.trees()) {
            file.add(tree.value.data(), tree.value.size());
            file.add(tree.right.data(), tree.right.size());
            file.add(tree.feature.data(), tree.feature.size());
        }
    }
    std::vector<std::uint8_t> bytes = file.take();
    const std::string digest = base::sha256(std::span(bytes).subspan(kMagicSize + kDigestSize));
    std::copy(digest.begin(), digest.end(), bytes.begin() + kMagicSize);
    return bytes;
}

MaModelPtr maModelFromCache(std::span<const std::uint8_t> bytes, const std::string &source)
{
    if (bytes.size() < kMagicSize + kDigestSize || std::memcmp(bytes.data(), kMagic, kMagicSize) != 0)
        throw Error(ErrorCode::BrokenFile, {}, "is not a cache of the Ma model");
    const auto body = bytes.subspan(kMagicSize + kDigestSize);
    if (std::memcmp(bytes.data() + kMagicSize, base::sha256(body).data(), kDigestSize) != 0)
        throw Error(ErrorCode::BrokenFile, {}, "the cache of the Ma model is damaged");
    CacheReader reader(body);
    const auto text = reader.take<char>(reader.number());
    if (std::string(text.begin(), text.end()) != source)
        throw Error(ErrorCode::BrokenFile, {}, "the cache belongs to another Ma model");
    const auto weights = reader.take<double>(4);
    std::array<Forest, 3> forests;
    for (Forest &forest : forests) {
        const std::size_t features = reader.number();
        const auto sizes = reader.take<std::uint32_t>(reader.number());
        std::vector<Forest::Tree> trees(sizes.size());
        for (std::size_t t = 0; t < trees.size(); ++t) {
            trees[t].value = reader.take<double>(sizes[t]);
            trees[t].right = reader.take<std::uint32_t>(sizes[t]);
            trees[t].feature = reader.take<std::uint8_t>(sizes[t]);
        }
        forest = Forest(features, std::move(trees));
    }
    return std::make_shared<const MaModel>(std::move(forests),
                                           std::array{weights[0], weights[1], weights[2], weights[3]});
}

std::string gitBlobId(std::span<const std::uint8_t> bytes)
{
    const std::string header = fmt::format("blob {}", bytes.size());
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) != 1
        || EVP_DigestUpdate(context.get(), header.c_str(), header.size() + 1) != 1
        || EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1
        || EVP_DigestFinal_ex(context.get(), digest, &size) != 1)
        throw Error(ErrorCode::Internal, {}, "the checksum could not be computed");
    std::string text;
    for (unsigned int i = 0; i < size; ++i)
        text += fmt::format("{:02x}", digest[i]);
    return text;
}

} // namespace bitlens::score
