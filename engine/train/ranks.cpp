// SPDX-FileCopyrightText: Bitlens contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "engine/train/ranks.h"

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <torch/types.h>

#if defined(USE_C10D_GLOO) && __has_include(<gloo/config.h>)
#define BITLENS_WITH_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace bitlens::train {

namespace {

[[noreturn]] void refuse(const std::string &what) { throw base::Error(base::ErrorCode::InvalidArgument, {}, what); }

int wholeNumber(const std::string &text, const std::string &what)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
        refuse(fmt::format("{}: \"{}\" is not a whole number", what, text));
    return value;
}

std::string environment(const char *name)
{
    const char *const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

} // namespace

void RankOptions::setRendezvous(const std::string &text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0)
        refuse(fmt::format("\"{}\" is not HOST:PORT", text));
    host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    port = wholeNumber(text.substr(colon + 1), fmt::format("the port of {}", text));
    validate();
}

void RankOptions::validate() const
{
    if (count < 1 || count > 4096)
        refuse(fmt::format("{} ranks; from 1 to 4096 can work together", count));
    if (rank < 0 || rank >= count)
        refuse(fmt::format("rank {} of {}: ranks count from 0 to {}", rank, count, count - 1));
    if (port < 1 || port > 65535)
        refuse(fmt::format("port {} is not from 1 to 65535", port));
    if (timeoutSeconds < 1)
        refuse("a rank is waited for at least one second");
}

RankOptions RankOptions::fromEnvironment()
{
    RankOptions options;
    const std::string count = environment("WORLD_SIZE");
    if (count.empty())
        return options;
    options.count = wholeNumber(count, "WORLD_SIZE");
    if (options.count == 1)
        return options;
    options.rank = wholeNumber(environment("RANK"), "RANK");
    if (const std::string host = environment("MASTER_ADDR"); !host.empty())
        options.host = host;
    if (const std::string port = environment("MASTER_PORT"); !port.empty())
        options.port = wholeNumber(port, "MASTER_PORT");
    options.validate();
    return options;
}

#ifdef BITLENS_WITH_GLOO

namespace {

constexpr const char *kArrivedKey = "bitlens/arrived";
constexpr auto kPollInterval = std::chrono::milliseconds(50);

/// The first line of a library's message, without the source position that Gloo puts in front.
std::string shortMessage(const std::exception &error)
{
    std::string text = error.what();
    text = text.substr(0, text.find('\n'));
    if (const std::size_t end = text.find("] "); text.rfind('[', 0) == 0 && end != std::string::npos)
        text.erase(0, end + 2);
    return text;
}

} // namespace

struct Ranks::Private {
    RankOptions options;
    c10::intrusive_ptr<c10d::Store> store; ///< outlives the group, which uses it
    c10::intrusive_ptr<c10d::ProcessGroupGloo> group;

    std::string address() const { return fmt::format("{}:{}", options.host, options.port); }

    /// Waits in short steps, so that it can be cancelled.
    void meet(const base::Job &job)
    {
        c10d::TCPStoreOptions wish;
        wish.port = static_cast<std::uint16_t>(options.port);
        wish.isServer = options.rank == 0;
        wish.numWorkers = static_cast<std::size_t>(options.count);
        wish.waitWorkers = false;
        wish.timeout = std::chrono::seconds(options.timeoutSeconds);
        store = c10::make_intrusive<c10d::TCPStore>(options.host, wish);
        if (store->add(fmt::format("bitlens/rank{}", options.rank), 1) > 1)
            throw base::Error(base::ErrorCode::InvalidArgument, {},
                              fmt::format("another process is rank {} at {} already", options.rank, address()));
        store->add(kArrivedKey, 1);
        const base::Stopwatch watch;
        for (auto arrived = store->add(kArrivedKey, 0); arrived < options.count; arrived = store->add(kArrivedKey, 0)) {
            job.cancel.throwIfCancelled();
            job.report(0.0, fmt::format("{} of {} ranks are there", arrived, options.count));
            if (watch.seconds() > options.timeoutSeconds)
                throw base::Error(base::ErrorCode::Internal, {},
                                  fmt::format("only {} of {} ranks came to {} within {} seconds", arrived,
                                              options.count, address(), options.timeoutSeconds));
            std::this_thread::sleep_for(kPollInterval);
        }
        auto groupOptions = c10d::ProcessGroupGloo::Options::create(std::chrono::seconds(options.timeoutSeconds));
        const std::string interface = environment("GLOO_SOCKET_IFNAME");
        groupOptions->devices.push_back(interface.empty()
                                            ? c10d::ProcessGroupGloo::createDefaultDevice()
                                            : c10d::ProcessGroupGloo::createDeviceForInterface(interface));
        group = c10::make_intrusive<c10d::ProcessGroupGloo>(store, options.rank, options.count, groupOptions);
    }

    /// Runs an exchange to its end.
    void exchange(const std::function<c10::intrusive_ptr<c10d::Work>()> &start) const
    {
        try {
            start()->wait();
        } catch (const std::exception &error) {
            throw RankLost(fmt::format("rank {} of {} lost the connection to another rank ({})", options.rank,
                                       options.count, shortMessage(error)));
        }
    }

    void sumInPlace(const torch::Tensor &buffer) const
    {
        std::vector<torch::Tensor> buffers{buffer};
        exchange([&] { return group->allreduce(buffers); });
    }
};

Ranks::Ranks(const RankOptions &options, const base::Job &job) : d(std::make_unique<Private>())
{
    options.validate();
    d->options = options;
    if (options.count == 1)
        return;
    try {
        d->meet(job);
    } catch (const base::Error &) {
        throw;
    } catch (const base::Cancelled &) {
        throw;
    } catch (const std::exception &error) {
        throw base::Error(base::ErrorCode::Internal, {},
                          fmt::format("rank {} of {} cannot meet the others at {}: {}", options.rank, options.count,
                                      d->address(), shortMessage(error)));
    }
}

void Ranks::sum(const std::vector<at::Tensor> &tensors) const
{
    if (count() == 1 || tensors.empty())
        return;
    // One exchange of everything: many small ones would wait for the network each time.
    std::vector<torch::Tensor> flat;
    for (const torch::Tensor &tensor : tensors)
        flat.push_back(tensor.detach().to(torch::kCPU, torch::kFloat32).flatten());
    const torch::Tensor buffer = torch::cat(flat);
    d->sumInPlace(buffer);
    const torch::NoGradGuard noGradient;
    std::int64_t position = 0;
    for (const torch::Tensor &tensor : tensors) {
        torch::Tensor target = tensor;
        target.copy_(buffer.narrow(0, position, tensor.numel()).reshape(tensor.sizes()));
        position += tensor.numel();
    }
}

void Ranks::sum(std::vector<double> &values) const
{
    if (count() == 1 || values.empty())
        return;
    const torch::Tensor buffer = torch::tensor(values, torch::kFloat64);
    d->sumInPlace(buffer);
    std::memcpy(values.data(), buffer.data_ptr<double>(), values.size() * sizeof(double));
}

at::Tensor Ranks::gathered(const at::Tensor &part) const
{
    if (count() == 1)
        return part;
    std::vector<torch::Tensor> inputs{part.detach().to(torch::kCPU).contiguous()};
    std::vector<std::vector<torch::Tensor>> outputs(1);
    for (int i = 0; i < count(); ++i)
        outputs.front().push_back(torch::empty_like(inputs.front()));
    d->exchange([&] { return d->group->allgather(outputs, inputs); });
    return torch::cat(outputs.front()).to(part.device());
}

void Ranks::broadcast(std::vector<std::uint8_t> &bytes) const
{
    if (count() == 1)
        return;
    const auto send = [this](const torch::Tensor &buffer) {
        std::vector<torch::Tensor> buffers{buffer};
        d->exchange([&] { return d->group->broadcast(buffers); });
    };
    const torch::Tensor size = torch::tensor({static_cast<std::int64_t>(bytes.size())}, torch::kInt64);
    send(size);
    const auto length = size.item<std::int64_t>();
    const torch::Tensor buffer = torch::empty({length}, torch::kUInt8);
    if (length == 0) {
        bytes.clear();
        return;
    }
    if (isFirst())
        std::memcpy(buffer.data_ptr<std::uint8_t>(), bytes.data(), bytes.size());
    send(buffer);
    bytes.assign(buffer.data_ptr<std::uint8_t>(), buffer.data_ptr<std::uint8_t>() + length);
}

#else

struct Ranks::Private {
    RankOptions options;
};

Ranks::Ranks(const RankOptions &options, const base::Job &) : d(std::make_unique<Private>())
{
    options.validate();
    if (options.count > 1)
        refuse("this build's LibTorch has no Gloo: training on more than one rank is not in it");
}

void Ranks::sum(const std::vector<at::Tensor> &) const {}
void Ranks::sum(std::vector<double> &) const {}
at::Tensor Ranks::gathered(const at::Tensor &part) const { return part; }
void Ranks::broadcast(std::vector<std::uint8_t> &) const {}

#endif

Ranks::Ranks() : Ranks(RankOptions{}) {}
Ranks::~Ranks() = default;

int Ranks::count() const { return d->options.count; }
int Ranks::rank() const { return d->options.rank; }

at::Tensor Ranks::joined(const at::Tensor &part) const
{
    if (count() == 1)
        return part;
    std::vector<torch::Tensor> parts = gathered(part).chunk(count());
    parts[static_cast<std::size_t>(rank())] = part;
    return torch::cat(parts);
}

bool Ranks::any(bool value) const
{
    std::vector<double> votes{value ? 1.0 : 0.0};
    sum(votes);
    return votes.front() > 0.0;
}

} // namespace bitlens::train
