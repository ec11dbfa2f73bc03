// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#pragma once

#include "engine/model/pickle.h"
#include "engine/model/pickleglobals.h"

#include <string>

namespace bitlens::model {

/// The stack machine that readPickle runs once.
class PickleMachine {
public:
    PickleMachine(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t memoryLimit, std::string file);
    PickleDocument run();

private:
    using Kind = PickleValue::Kind;
    static constexpr std::size_t kMaximumName = 200;
    /// Vectors grow by doubling and hold the old and the new elements while they move.
    static constexpr std::size_t kGrowth = 3;

    /// Executes one opcode; false at STOP.
    bool step();
    bool pushLiteral(std::uint8_t opcode);
    bool buildContainer(std::uint8_t opcode);
    bool useMemo(std::uint8_t opcode);
    bool callOrFill(std::uint8_t opcode);

    std::uint64_t readUnsigned(std::size_t count);
    std::string_view readBytes(std::uint64_t count);
    std::string_view readLine();

    std::uint32_t create(PickleValue value);
    void push(std::uint32_t index);
    void push(PickleValue value) { push(create(std::move(value))); }
    std::uint32_t pop();
    std::uint32_t top() const;
    std::vector<std::uint32_t> popMarked();
    void pushInteger(std::int64_t value) { push(PickleValue{Kind::Integer, value, {}, {}}); }
    void pushTuple(std::size_t count);
    void remember(std::uint64_t slot);
    void recall(std::uint64_t slot);
    void append(std::uint32_t container, Kind kind, const std::vector<std::uint32_t> &items);

    void reduce();
    void makeOrderedDict(const std::vector<std::uint32_t> &arguments);
    void makeTensor(const std::vector<std::uint32_t> &arguments);
    void makeStorage();
    void readGlobal();

    const PickleValue &expect(std::uint32_t index, Kind kind, const char *what) const;
    std::uint64_t expectSize(std::uint32_t index, const char *what) const;
    std::vector<std::int64_t> expectSizes(std::uint32_t index, const char *what) const;
    void charge(std::size_t bytes);
    [[noreturn]] void fail(const std::string &what) const;

    std::span<const std::uint8_t> m_bytes;
    std::size_t m_position;
    std::size_t m_opcodeStart;
    std::size_t m_allowance;
    std::string m_file;
    PickleDocument m_document;
    std::vector<std::uint32_t> m_stack;
    std::vector<std::size_t> m_marks;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> m_memo; ///< sorted by slot
};

} // namespace bitlens::model
