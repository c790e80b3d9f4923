"""From the start of the process to the first successful login, with many users in the store and with one."""
import statistics
import time

from bench import Row
from processes import say
from rows.users import who


def first_login(bench, size):
    begun = time.perf_counter()
    with bench.serve(bench.population(*size)) as server:
        bench.generate(server.port_of("amqp"), *who(*size), "--logins", 1, "--concurrency", 1)
        return time.perf_counter() - begun


def measure(bench):
    many, one = (bench.options.users, max(1, bench.options.users // 100)), (1, 1)
    rounds = []
    for number in range(bench.options.rounds + 1):
        took = [first_login(bench, size) for size in (many, one)]
        say(f"  start round {number}/{bench.options.rounds}: {took[0] * 1e3:.0f} ms, beside {took[1] * 1e3:.0f} ms")
        if number > 0:
            rounds.append(took)
    full, empty = (statistics.median(side) for side in zip(*rounds))
    yield Row(f"start to the first login, {many[0]:,} users in {many[1]:,} realms against one", "2 × that with none",
              f"{full / empty:.2f}: {full * 1e3:.0f} ms, {empty * 1e3:.0f} ms", {"rounds": rounds, "users": many[0]})
