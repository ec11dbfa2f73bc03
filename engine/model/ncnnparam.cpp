// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/ncnnparam.h"

#include "engine/base/error.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

constexpr std::string_view kMagic = "7767517";
constexpr std::size_t kMaximumBytes = 8'000'000;
constexpr std::size_t kMaximumLayers = 10'000;
constexpr int kArrayKeyBase = -23300;

std::string_view asText(std::span<const std::uint8_t> bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Takes the file apart line by line and word by word.
class Parser {
public:
    Parser(std::string_view text, const std::string &file) : m_rest(text), m_file(file) {}

    std::vector<NcnnLayer> parse()
    {
        if (!nextLine() || nextWord() != kMagic)
            fail("expected the magic number 7767517");
        if (!nextLine())
            fail("expected the numbers of layers and blobs");
        const int layers = wholeNumber(nextWord(), "a number of layers");
        wholeNumber(nextWord(), "a number of blobs");
        std::vector<NcnnLayer> result;
        while (nextLine()) {
            if (result.size() >= kMaximumLayers)
                fail(fmt::format("more than {} layers", kMaximumLayers));
            result.push_back(layer());
        }
        if (static_cast<std::size_t>(layers) != result.size())
            fail(fmt::format("{} layers, expected {}", result.size(), layers));
        return result;
    }

private:
    /// Moves to the next line that is not blank.
    bool nextLine()
    {
        while (!m_rest.empty()) {
            const std::size_t end = std::min(m_rest.find('\n'), m_rest.size());
            m_line = m_rest.substr(0, end);
            m_rest.remove_prefix(std::min(end + 1, m_rest.size()));
            ++m_number;
            skipSpaces();
            if (!m_line.empty())
                return true;
        }
        return false;
    }

    void skipSpaces()
    {
        while (!m_line.empty() && isSpace(m_line.front()))
            m_line.remove_prefix(1);
    }

    std::string_view nextWord()
    {
        skipSpaces();
        std::size_t length = 0;
        while (length < m_line.size() && !isSpace(m_line[length]))
            ++length;
        const std::string_view word = m_line.substr(0, length);
        m_line.remove_prefix(length);
        return word;
    }

    NcnnLayer layer()
    {
        NcnnLayer result;
        result.type = nextWord();
        result.name = nextWord();
        const int inputs = wholeNumber(nextWord(), "a number of inputs");
        const int outputs = wholeNumber(nextWord(), "a number of outputs");
        if (result.name.empty())
            fail("a layer without a name");
        readNames(result.inputs, inputs);
        readNames(result.outputs, outputs);
        for (std::string_view word = nextWord(); !word.empty(); word = nextWord())
            readParameter(result, word);
        return result;
    }

    void readNames(std::vector<std::string_view> &names, int count)
    {
        for (int i = 0; i < count; ++i) {
            const std::string_view word = nextWord();
            if (word.empty())
                fail(fmt::format("expected {} blob names", count));
            names.push_back(word);
        }
    }

    void readParameter(NcnnLayer &layer, std::string_view word)
    {
        const std::size_t equals = word.find('=');
        if (equals == std::string_view::npos)
            fail("expected parameters key=value");
        const auto key = realNumber(word.substr(0, equals));
        if (!key || std::abs(*key) > 30000 || *key != std::floor(*key))
            fail("a parameter's key that is no number");
        std::string_view values = word.substr(equals + 1);
        if (*key > kArrayKeyBase) {
            const auto value = realNumber(values);
            if (!value)
                fail(fmt::format("parameter {} that is no number", *key));
            layer.numbers.emplace_back(static_cast<int>(*key), *value);
            return;
        }
        std::vector<double> list;
        while (!values.empty()) {
            const std::size_t comma = std::min(values.find(','), values.size());
            const auto value = realNumber(values.substr(0, comma));
            if (!value)
                fail(fmt::format("list {} with something that is no number", *key));
            list.push_back(*value);
            values.remove_prefix(std::min(comma + 1, values.size()));
        }
        if (list.empty() || list.front() != static_cast<double>(list.size() - 1))
            fail(fmt::format("list {} whose length is not what it says", *key));
        list.erase(list.begin());
        layer.arrays.emplace_back(kArrayKeyBase - static_cast<int>(*key), std::move(list));
    }

    static std::optional<double> realNumber(std::string_view word)
    {
        double value = 0.0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value))
            return std::nullopt;
        return value;
    }

    int wholeNumber(std::string_view word, const char *what) const
    {
        int value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (error != std::errc() || end != word.data() + word.size() || value < 0)
            fail(fmt::format("expected {}", what));
        return value;
    }

    [[noreturn]] void fail(const std::string &what) const
    {
        throw base::Error(base::ErrorCode::BrokenFile, m_file, fmt::format("line {}: {}", m_number, what));
    }

    std::string_view m_rest;
    const std::string &m_file;
    std::string_view m_line;
    int m_number = 0;
};

} // namespace

double NcnnLayer::number(int key, double otherwise) const
{
    for (const auto &[known, value] : numbers)
        if (known == key)
            return value;
    return otherwise;
}

int NcnnLayer::integer(int key, int otherwise) const
{
    const double value = number(key, otherwise);
    if (std::abs(value) > 2147483647.0 || value != std::floor(value))
        return -1;
    return static_cast<int>(value);
}

const std::vector<double> *NcnnLayer::array(int key) const
{
    for (const auto &[known, values] : arrays)
        if (known == key)
            return &values;
    return nullptr;
}

bool looksLikeNcnnParam(std::span<const std::uint8_t> bytes)
{
    const std::string_view text = asText(bytes);
    return text.size() > kMagic.size() && text.substr(0, kMagic.size()) == kMagic
           && (isSpace(text[kMagic.size()]) || text[kMagic.size()] == '\n');
}

std::vector<NcnnLayer> parseNcnnParam(std::span<const std::uint8_t> bytes, const std::string &file)
{
    if (bytes.size() > kMaximumBytes)
        throw base::Error(base::ErrorCode::BrokenFile, file,
                          fmt::format("the graph has {} bytes, expected at most {}", bytes.size(), kMaximumBytes));
    return Parser(asText(bytes), file).parse();
}

} // namespace bitlens::model
