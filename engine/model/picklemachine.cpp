// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/model/picklemachine.h"

#include "engine/base/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

namespace bitlens::model {

namespace {

constexpr std::size_t kMaximumOpcodes = 1'000'000;
constexpr std::size_t kMaximumMarks = 64;
constexpr std::size_t kFreeAllowance = std::size_t(1) << 20;

enum Opcode : std::uint8_t {
    Mark = '(',
    Stop = '.',
    BinFloat = 'G',
    BinInt = 'J',
    BinInt1 = 'K',
    BinInt2 = 'M',
    None = 'N',
    BinPersistentId = 'Q',
    Reduce = 'R',
    BinString = 'T',
    ShortBinString = 'U',
    BinUnicode = 'X',
    EmptyList = ']',
    Append = 'a',
    Build = 'b',
    Global = 'c',
    Appends = 'e',
    BinGet = 'h',
    LongBinGet = 'j',
    BinPut = 'q',
    LongBinPut = 'r',
    SetItem = 's',
    Tuple = 't',
    SetItems = 'u',
    EmptyDictionary = '}',
    EmptyTuple = ')',
    Protocol = 0x80,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8a,
};

} // namespace

PickleMachine::PickleMachine(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t memoryLimit,
                             std::string file)
    : m_bytes(bytes),
      m_position(begin),
      m_opcodeStart(begin),
      m_allowance(kFreeAllowance + memoryLimit),
      m_file(std::move(file))
{
}

PickleDocument PickleMachine::run()
{
    std::size_t opcodes = 0;
    while (step())
        if (++opcodes > kMaximumOpcodes)
            fail(fmt::format("more than {} opcodes", kMaximumOpcodes));
    m_document.root = pop();
    m_document.end = m_position;
    return std::move(m_document);
}

bool PickleMachine::step()
{
    m_opcodeStart = m_position;
    const auto opcode = static_cast<std::uint8_t>(readUnsigned(1));
    if (opcode == Stop)
        return false;
    if (pushLiteral(opcode) || buildContainer(opcode) || useMemo(opcode) || callOrFill(opcode))
        return true;
    fail(fmt::format("opcode 0x{:02x}, which no weight file needs", opcode));
}

bool PickleMachine::pushLiteral(std::uint8_t opcode)
{
    switch (opcode) {
    case Protocol:
        if (readUnsigned(1) != 2)
            fail("a pickle protocol other than 2");
        return true;
    case None:
        push(PickleValue{});
        return true;
    case NewTrue:
    case NewFalse:
        push(PickleValue{Kind::Boolean, opcode == NewTrue, {}, {}});
        return true;
    case BinInt:
        pushInteger(static_cast<std::int32_t>(static_cast<std::uint32_t>(readUnsigned(4))));
        return true;
    case BinInt1:
        pushInteger(static_cast<std::int64_t>(readUnsigned(1)));
        return true;
    case BinInt2:
        pushInteger(static_cast<std::int64_t>(readUnsigned(2)));
        return true;
    case Long1: {
        const std::uint64_t count = readUnsigned(1);
        if (count > 8)
            fail("an integer of more than 64 bits");
        std::uint64_t value = readUnsigned(count);
        // Two's complement of `count` bytes: spread the sign.
        if (count > 0 && count < 8 && (value >> (8 * count - 1)) != 0)
            value |= ~std::uint64_t(0) << (8 * count);
        pushInteger(static_cast<std::int64_t>(value));
        return true;
    }
    case BinFloat:
        readBytes(8); // numbers outside tensors are of no interest
        push(PickleValue{Kind::Real, 0, {}, {}});
        return true;
    case ShortBinString:
        push(PickleValue{Kind::Text, 0, readBytes(readUnsigned(1)), {}});
        return true;
    case BinString:
    case BinUnicode:
        push(PickleValue{Kind::Text, 0, readBytes(readUnsigned(4)), {}});
        return true;
    default:
        return false;
    }
}

bool PickleMachine::buildContainer(std::uint8_t opcode)
{
    switch (opcode) {
    case EmptyTuple:
        push(PickleValue{Kind::Tuple, 0, {}, {}});
        return true;
    case EmptyList:
        push(PickleValue{Kind::List, 0, {}, {}});
        return true;
    case EmptyDictionary:
        push(PickleValue{Kind::Dictionary, 0, {}, {}});
        return true;
    case Mark:
        if (m_marks.size() >= kMaximumMarks)
            fail(fmt::format("more than {} levels", kMaximumMarks));
        m_marks.push_back(m_stack.size());
        return true;
    case Tuple: {
        PickleValue tuple{Kind::Tuple, 0, {}, popMarked()};
        push(std::move(tuple));
        return true;
    }
    case Tuple1:
    case Tuple2:
    case Tuple3:
        pushTuple(opcode - Tuple1 + 1U);
        return true;
    default:
        return false;
    }
}

bool PickleMachine::useMemo(std::uint8_t opcode)
{
    switch (opcode) {
    case BinPut:
        remember(readUnsigned(1));
        return true;
    case LongBinPut:
        remember(readUnsigned(4));
        return true;
    case BinGet:
        recall(readUnsigned(1));
        return true;
    case LongBinGet:
        recall(readUnsigned(4));
        return true;
    default:
        return false;
    }
}

bool PickleMachine::callOrFill(std::uint8_t opcode)
{
    switch (opcode) {
    case Global:
        readGlobal();
        return true;
    case Reduce:
        reduce();
        return true;
    case BinPersistentId:
        makeStorage();
        return true;
    case SetItem: {
        const std::uint32_t value = pop();
        const std::uint32_t key = pop();
        append(top(), Kind::Dictionary, {key, value});
        return true;
    }
    case SetItems: {
        const std::vector<std::uint32_t> items = popMarked();
        if (items.size() % 2 != 0)
            fail("a dictionary key without a value");
        append(top(), Kind::Dictionary, items);
        return true;
    }
    case Append: {
        const std::uint32_t value = pop();
        append(top(), Kind::List, {value});
        return true;
    }
    case Appends: {
        const std::vector<std::uint32_t> items = popMarked();
        append(top(), Kind::List, items);
        return true;
    }
    case Build:
        // Attributes of an OrderedDict (state_dict's _metadata): of no interest.
        pop();
        expect(top(), Kind::Dictionary, "attributes of an OrderedDict");
        return true;
    default:
        return false;
    }
}

std::uint64_t PickleMachine::readUnsigned(std::size_t count)
{
    std::uint64_t value = 0;
    const std::string_view bytes = readBytes(count);
    for (std::size_t i = 0; i < count; ++i)
        value |= std::uint64_t(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
    return value;
}

std::string_view PickleMachine::readBytes(std::uint64_t count)
{
    if (count > m_bytes.size() - m_position)
        fail("the pickle is cut short");
    const std::string_view bytes(reinterpret_cast<const char *>(m_bytes.data()) + m_position, count);
    m_position += count;
    return bytes;
}

std::string_view PickleMachine::readLine()
{
    const std::string_view rest(reinterpret_cast<const char *>(m_bytes.data()) + m_position,
                                std::min(m_bytes.size() - m_position, kMaximumName));
    const std::size_t length = rest.find('\n');
    if (length == std::string_view::npos)
        fail("a name without an end");
    m_position += length + 1;
    return rest.substr(0, length);
}

std::uint32_t PickleMachine::create(PickleValue value)
{
    charge(sizeof(PickleValue) * kGrowth + value.items.size() * sizeof(std::uint32_t));
    m_document.values.push_back(std::move(value));
    return static_cast<std::uint32_t>(m_document.values.size() - 1);
}

void PickleMachine::push(std::uint32_t index)
{
    charge(sizeof(std::uint32_t) * kGrowth);
    m_stack.push_back(index);
}

std::uint32_t PickleMachine::pop()
{
    const std::uint32_t index = top();
    m_stack.pop_back();
    return index;
}

std::uint32_t PickleMachine::top() const
{
    if (m_stack.empty() || (!m_marks.empty() && m_stack.size() <= m_marks.back()))
        fail("the pickle takes a value that is not there");
    return m_stack.back();
}

std::vector<std::uint32_t> PickleMachine::popMarked()
{
    if (m_marks.empty())
        fail("the pickle ends a list that it did not begin");
    const auto begin = m_stack.begin() + static_cast<std::ptrdiff_t>(m_marks.back());
    charge(static_cast<std::size_t>(m_stack.end() - begin) * sizeof(std::uint32_t));
    std::vector<std::uint32_t> items(begin, m_stack.end());
    m_stack.erase(begin, m_stack.end());
    m_marks.pop_back();
    return items;
}

void PickleMachine::pushTuple(std::size_t count)
{
    std::vector<std::uint32_t> items(count);
    for (std::size_t i = count; i-- > 0;)
        items[i] = pop();
    push(PickleValue{Kind::Tuple, 0, {}, std::move(items)});
}

void PickleMachine::remember(std::uint64_t slot)
{
    charge(sizeof(m_memo.front()) * kGrowth);
    const auto found = std::lower_bound(m_memo.begin(), m_memo.end(), std::pair(slot, std::uint32_t(0)));
    if (found != m_memo.end() && found->first == slot)
        found->second = top();
    else if (found == m_memo.end())
        m_memo.emplace_back(slot, top());
    else
        fail("memo numbers out of order"); // every pickler counts up; inserting would take quadratic time
}

void PickleMachine::recall(std::uint64_t slot)
{
    const auto found = std::lower_bound(m_memo.begin(), m_memo.end(), std::pair(slot, std::uint32_t(0)));
    if (found == m_memo.end() || found->first != slot)
        fail(fmt::format("memo number {} is used before it is set", slot));
    push(found->second);
}

void PickleMachine::append(std::uint32_t container, Kind kind, const std::vector<std::uint32_t> &items)
{
    expect(container, kind, kind == Kind::List ? "a list" : "a dictionary");
    charge(items.size() * sizeof(std::uint32_t) * kGrowth);
    std::vector<std::uint32_t> &own = m_document.values[container].items;
    own.insert(own.end(), items.begin(), items.end());
}

void PickleMachine::charge(std::size_t bytes)
{
    if (bytes > m_allowance)
        fail("the pickle holds more values than a file of its size needs");
    m_allowance -= bytes;
}

void PickleMachine::fail(const std::string &what) const
{
    throw base::Error(base::ErrorCode::BrokenFile, m_file, fmt::format("{} (pickle, byte {})", what, m_opcodeStart));
}

PickleDocument readPickle(std::span<const std::uint8_t> bytes, std::size_t begin, std::size_t memoryLimit,
                          const std::string &file)
{
    return PickleMachine(bytes, begin, memoryLimit, file).run();
}

} // namespace bitlens::model
