// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/score/matreader.h"

#include "engine/base/error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include <zlib.h>

namespace bitlens::score {

namespace {

using base::Error;
using base::ErrorCode;

// Of the format's description, "MAT-File Format", level 5.
constexpr std::size_t kHeaderSize = 128;
enum DataType : std::uint32_t {
    kInt8 = 1,
    kUInt8 = 2,
    kInt16 = 3,
    kUInt16 = 4,
    kInt32 = 5,
    kUInt32 = 6,
    kSingle = 7,
    kDouble = 9,
    kInt64 = 12,
    kUInt64 = 13,
    kMatrix = 14,
    kCompressed = 15,
};
enum ArrayClass : std::uint8_t { kCellClass = 1, kStructClass = 2, kFirstNumericClass = 6, kLastNumericClass = 15 };
constexpr std::uint8_t kComplexFlag = 0x08;

constexpr int kDeepestNesting = 8;
constexpr std::size_t kMostNumbers = std::size_t(1) << 25;   ///< in one array; the published model has fewer than 2^23
constexpr std::uint64_t kMostBytes = std::uint64_t(1) << 32; ///< that a compressed variable may unfold to
constexpr std::size_t kChunk = std::size_t(1) << 18;

/// Bytes in order, from memory or unfolded from memory.
class Source {
public:
    virtual ~Source() = default;
    /// Fills `out` completely or returns false.
    virtual bool read(std::span<std::uint8_t> out) = 0;
};

class PlainSource : public Source {
public:
    PlainSource(std::span<const std::uint8_t> bytes, std::size_t &position) : m_bytes(bytes), m_position(position) {}
    bool read(std::span<std::uint8_t> out) override
    {
        if (out.size() > m_bytes.size() - m_position)
            return false;
        std::memcpy(out.data(), m_bytes.data() + m_position, out.size());
        m_position += out.size();
        return true;
    }

private:
    std::span<const std::uint8_t> m_bytes;
    std::size_t &m_position;
};

class InflatingSource : public Source {
public:
    /// `position` is told how much of the file is used up.
    InflatingSource(std::span<const std::uint8_t> bytes, std::size_t &position) : m_bytes(bytes), m_position(position)
    {
        if (inflateInit(&m_stream) != Z_OK)
            throw std::bad_alloc();
    }
    ~InflatingSource() override { inflateEnd(&m_stream); }
    InflatingSource(const InflatingSource &) = delete;
    InflatingSource &operator=(const InflatingSource &) = delete;

    bool read(std::span<std::uint8_t> out) override
    {
        m_unfolded += out.size();
        if (m_unfolded > kMostBytes)
            return false;
        m_stream.next_out = out.data();
        m_stream.avail_out = static_cast<uInt>(out.size());
        while (m_stream.avail_out > 0) {
            if (m_stream.avail_in == 0) {
                const std::size_t count = std::min(m_bytes.size(), kChunk);
                if (count == 0)
                    return false;
                m_stream.next_in = const_cast<Bytef *>(m_bytes.data()); // zlib does not write there
                m_stream.avail_in = static_cast<uInt>(count);
                m_bytes = m_bytes.subspan(count);
                m_position += count;
            }
            const int status = inflate(&m_stream, Z_NO_FLUSH);
            if (status == Z_STREAM_END && m_stream.avail_out > 0)
                return false;
            if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
                return false;
        }
        return true;
    }

private:
    std::span<const std::uint8_t> m_bytes;
    std::size_t &m_position;
    z_stream m_stream{};
    std::uint64_t m_unfolded = 0;
};

template <typename Stored>
void decode(std::span<const std::uint8_t> bytes, std::vector<double> &values)
{
    for (std::size_t i = 0; i + sizeof(Stored) <= bytes.size(); i += sizeof(Stored)) {
        Stored value;
        std::memcpy(&value, bytes.data() + i, sizeof value);
        values.push_back(static_cast<double>(value));
    }
}

struct NumberFormat {
    std::size_t size;
    void (*decode)(std::span<const std::uint8_t>, std::vector<double> &);
};

/// How numbers of a data type are stored; null for what is not a number.
const NumberFormat *numberFormat(std::uint32_t type)
{
    static constexpr NumberFormat kFormats[] = {
        {1, decode<std::int8_t>},  {1, decode<std::uint8_t>},  {2, decode<std::int16_t>}, {2, decode<std::uint16_t>},
        {4, decode<std::int32_t>}, {4, decode<std::uint32_t>}, {4, decode<float>},        {8, decode<double>},
        {8, decode<std::int64_t>}, {8, decode<std::uint64_t>},
    };
    static constexpr std::uint32_t kTypes[] = {kInt8,   kUInt8,  kInt16,  kUInt16, kInt32,
                                               kUInt32, kSingle, kDouble, kInt64,  kUInt64};
    for (std::size_t i = 0; i < std::size(kTypes); ++i)
        if (kTypes[i] == type)
            return &kFormats[i];
    return nullptr;
}

class Reader {
public:
    Reader(std::span<const std::uint8_t> file, const std::string &name, MatVisitor &visitor, const base::Job &job)
        : m_file(file), m_name(name), m_visitor(visitor), m_job(job)
    {
    }

    void run()
    {
        checkHeader();
        m_position = kHeaderSize;
        while (m_file.size() - m_position >= 8) {
            std::uint32_t tag[2];
            std::memcpy(tag, m_file.data() + m_position, sizeof tag);
            m_position += sizeof tag;
            const std::size_t size = tag[1];
            if (size > m_file.size() - m_position)
                broken("it ends in the middle of a variable");
            const std::size_t next = m_position + size;
            if (tag[0] == kCompressed) {
                InflatingSource source(m_file.subspan(m_position, size), m_position);
                m_source = &source;
                std::uint64_t inner = 8;
                const Tag matrix = readTag(inner);
                if (matrix.type == kMatrix)
                    readMatrix(matrix.size, {}, 0);
            } else if (tag[0] == kMatrix) {
                PlainSource source(m_file.first(next), m_position);
                m_source = &source;
                readMatrix(size, {}, 0);
            }
            m_source = nullptr;
            m_position = next;
            poll();
        }
    }

private:
    struct Tag {
        std::uint32_t type = 0;
        std::uint64_t size = 0;
        std::uint8_t small[4] = {}; ///< the values themselves, when they fit
        bool isSmall = false;
    };

    [[noreturn]] void broken(const std::string &detail) const { throw Error(ErrorCode::BrokenFile, m_name, detail); }

    void poll() const
    {
        m_job.cancel.throwIfCancelled();
        m_job.report(static_cast<double>(std::min(m_position, m_file.size())) / static_cast<double>(m_file.size()),
                     "Reading the model");
    }

    void checkHeader() const
    {
        const std::string_view start(reinterpret_cast<const char *>(m_file.data()),
                                     std::min<std::size_t>(m_file.size(), 19));
        if ((start.size() > 4 && start.substr(1, 3) == "HDF") || start == "MATLAB 7.3 MAT-file")
            throw Error(ErrorCode::UnknownFormat, m_name,
                        "is a MAT file of version 7.3; the published model has version 5");
        if (m_file.size() < kHeaderSize || m_file[125] != 1)
            throw Error(ErrorCode::UnknownFormat, m_name, "is not a MAT file of version 5");
        if (m_file[126] == 'M' && m_file[127] == 'I')
            throw Error(ErrorCode::UnknownFormat, m_name, "is a big-endian MAT file, which is not supported");
        if (m_file[126] != 'I' || m_file[127] != 'M')
            throw Error(ErrorCode::UnknownFormat, m_name, "is not a MAT file of version 5");
    }

    /// Takes bytes of an element of which `left` remain.
    void take(std::span<std::uint8_t> out, std::uint64_t &left)
    {
        if (out.size() > left)
            broken("a part of it is longer than the whole");
        if (out.empty())
            return;
        if (!m_source->read(out))
            broken("it is cut short or its compressed data is damaged");
        left -= out.size();
    }

    void skip(std::uint64_t count, std::uint64_t &left)
    {
        std::vector<std::uint8_t> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(count, kChunk)));
        while (count > 0) {
            const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, buffer.size()));
            take(std::span(buffer).first(part), left);
            count -= part;
            poll();
        }
    }

    Tag readTag(std::uint64_t &left)
    {
        std::uint8_t bytes[8];
        take(bytes, left);
        std::uint32_t words[2];
        std::memcpy(words, bytes, sizeof words);
        Tag tag;
        if (words[0] >> 16 != 0) {
            tag.isSmall = true;
            tag.type = words[0] & 0xFFFF;
            tag.size = words[0] >> 16;
            std::memcpy(tag.small, bytes + 4, sizeof tag.small);
            if (tag.size > sizeof tag.small)
                broken("a small value is longer than four bytes");
        } else {
            tag.type = words[0];
            tag.size = words[1];
        }
        return tag;
    }

    /// The bytes of a short element with its padding, at most `limit` long.
    std::vector<std::uint8_t> readBytes(const Tag &tag, std::size_t limit, std::uint64_t &left)
    {
        if (tag.size > limit)
            broken("a name or a list of sizes is too long");
        std::vector<std::uint8_t> bytes(static_cast<std::size_t>(tag.size));
        if (tag.isSmall) {
            std::copy_n(tag.small, bytes.size(), bytes.begin());
        } else {
            take(bytes, left);
            skipPadding(tag, left);
        }
        return bytes;
    }

    void skipPadding(const Tag &tag, std::uint64_t &left)
    {
        if (!tag.isSmall)
            skip(std::min<std::uint64_t>((8 - tag.size % 8) % 8, left), left);
    }

    /// Reads one array of `left` bytes, all of them.
    void readMatrix(std::uint64_t left, const std::string &path, int depth)
    {
        if (depth > kDeepestNesting)
            broken("its variables are nested too deeply");
        if (left == 0)
            return; // an empty array without any description
        const Tag flagsTag = readTag(left);
        const auto flags = readBytes(flagsTag, 8, left);
        if (flagsTag.type != kUInt32 || flags.size() != 8)
            return skip(left, left); // objects and the like have other beginnings
        const std::uint8_t arrayClass = flags[0];
        MatArray array;
        array.isCell = arrayClass == kCellClass;
        array.isStruct = arrayClass == kStructClass;
        array.isNumeric =
            arrayClass >= kFirstNumericClass && arrayClass <= kLastNumericClass && !(flags[1] & kComplexFlag);
        if (!array.isCell && !array.isStruct && !array.isNumeric)
            return skip(left, left);
        array.dimensions = readDimensions(left);
        const Tag nameTag = readTag(left);
        const auto name = readBytes(nameTag, 4096, left);
        array.path = path.empty() ? std::string(name.begin(), name.end()) : path;
        if (!m_visitor.wants(array))
            return skip(left, left);
        if (array.isNumeric)
            readNumbers(array, left);
        else if (array.isCell)
            readCell(array, left, depth);
        else
            readStruct(array, left, depth);
        skip(left, left);
        if (!array.isNumeric)
            m_visitor.finished(array);
    }

    std::vector<std::size_t> readDimensions(std::uint64_t &left)
    {
        const Tag tag = readTag(left);
        const auto bytes = readBytes(tag, 64, left);
        if (tag.type != kInt32 || bytes.size() < 8 || bytes.size() % 4 != 0)
            broken("the size of a variable is missing");
        std::vector<std::size_t> dimensions;
        std::size_t count = 1;
        for (std::size_t i = 0; i < bytes.size(); i += 4) {
            std::int32_t value;
            std::memcpy(&value, bytes.data() + i, sizeof value);
            if (value < 0)
                broken("a variable has a negative size");
            dimensions.push_back(static_cast<std::size_t>(value));
            if (value != 0 && count > kMostNumbers / static_cast<std::size_t>(value))
                throw Error(ErrorCode::TooLarge, m_name, "a variable is larger than any model");
            count *= static_cast<std::size_t>(value);
        }
        return dimensions;
    }

    void readNumbers(const MatArray &array, std::uint64_t &left)
    {
        const Tag tag = readTag(left);
        const NumberFormat *format = numberFormat(tag.type);
        if (!format || tag.size != array.count() * format->size)
            broken("the variable " + array.path + " has more or fewer values than its size says");
        std::vector<double> values;
        if (tag.isSmall) {
            format->decode(std::span(tag.small).first(static_cast<std::size_t>(tag.size)), values);
        } else {
            std::uint64_t rest = tag.size;
            std::vector<std::uint8_t> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(rest, kChunk)));
            while (rest > 0) {
                const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(rest, buffer.size()));
                take(std::span(buffer).first(part), left);
                if (values.empty()) // the first piece was there: the size is not made up altogether
                    values.reserve(array.count());
                format->decode(std::span<const std::uint8_t>(buffer).first(part), values);
                rest -= part;
                poll();
            }
            skipPadding(tag, left);
        }
        m_visitor.numbers(array, std::move(values));
    }

    void readChild(const std::string &path, std::uint64_t &left, int depth)
    {
        const Tag tag = readTag(left);
        if (tag.isSmall || tag.size > left)
            broken("a part of " + path + " is longer than the whole");
        if (tag.type == kMatrix)
            readMatrix(tag.size, path, depth + 1);
        else
            broken(path + " is not a variable");
        left -= tag.size;
    }

    void readCell(const MatArray &array, std::uint64_t &left, int depth)
    {
        for (std::size_t i = 0; i < array.count(); ++i)
            readChild(array.path + '{' + std::to_string(i + 1) + '}', left, depth);
    }

    void readStruct(const MatArray &array, std::uint64_t &left, int depth)
    {
        const auto lengthBytes = readBytes(readTag(left), 4, left);
        std::int32_t length = 0;
        if (lengthBytes.size() == sizeof length)
            std::memcpy(&length, lengthBytes.data(), sizeof length);
        if (length <= 0 || length > 1024)
            broken("the fields of " + array.path + " have no names");
        const auto names = readBytes(readTag(left), 65536, left);
        const std::size_t fields = names.size() / static_cast<std::size_t>(length);
        for (std::size_t element = 0; element < array.count(); ++element)
            for (std::size_t field = 0; field < fields; ++field) {
                const auto begin =
                    names.begin() + static_cast<std::ptrdiff_t>(field * static_cast<std::size_t>(length));
                const std::string name(begin, std::find(begin, begin + length, 0));
                readChild(array.path + '.' + name, left, depth);
            }
    }

    std::span<const std::uint8_t> m_file;
    const std::string &m_name;
    MatVisitor &m_visitor;
    const base::Job &m_job;
    std::size_t m_position = 0;
    Source *m_source = nullptr;
};

} // namespace

std::size_t MatArray::count() const
{
    std::size_t product = 1;
    for (std::size_t dimension : dimensions)
        product *= dimension;
    return product;
}

void readMat(std::span<const std::uint8_t> file, const std::string &name, MatVisitor &visitor, const base::Job &job)
{
    Reader(file, name, visitor, job).run();
}

} // namespace bitlens::score
