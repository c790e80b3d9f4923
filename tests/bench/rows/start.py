"""From the start of the process to the first successful login, with many users in the store and with one."""
import statistics
import time

from bench import Row
from chart import Chart
from processes import say
from rows.users import who


def first_login(bench, size):
    begun = time.perf_counter()
    with bench.serve(bench.population(*size)) as server:
        bench.generate(server.port_of("amqp"), *who(*size), "--logins", 1, "--concurrency", 1)
        return time.perf_counter() - begun


def measure(bench):
    one, *more = sizes = [(users, max(1, users // 100)) for users in [1, bench.options.users // 10, bench.options.users]]
    rounds = []
    for number in range(bench.options.rounds + 1):
        took = [first_login(bench, size) for size in sizes]
        say(f"  start round {number}/{bench.options.rounds}: " + ", ".join(
            f"{seconds * 1e3:.0f} ms with {users:,}" for seconds, (users, _) in zip(took, sizes)))
        if number > 0:
            rounds.append(took)
    empty, *full = (statistics.median(side) * 1e3 for side in zip(*rounds))
    users, realms = more[-1]
    chart = Chart("From the start to the first login", "users in the store, in a hundredth as many address spaces", "ms",
                  {"start": [(users, ms) for (users, _), ms in zip(sizes, [empty, *full])]})
    yield Row(f"start to the first login, {users:,} users in {realms:,} realms against one", "2 × that with none",
              f"{full[-1] / empty:.2f}: {full[-1]:.0f} ms, {empty:.0f} ms; {full[0]:.0f} ms with a tenth of them",
              {"rounds": rounds, "sizes": sizes}, chart)
