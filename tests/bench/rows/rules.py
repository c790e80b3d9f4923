"""What a login costs by how many addresses the user's rules have: it should grow as the bytes that are sent do."""
import statistics
import sys

from bench import Row, account, user
from chart import Chart
from processes import cpu_seconds, say

COUNTS = [10, 50, 100, 200, 300]
MANY, MEBIBYTE, FRAME_OF_A_ROUTER = 10_000, 1 << 20, 16_384


def cost(bench, server, name, logins, *more):
    """Microseconds for a login."""
    before = cpu_seconds(server.pid)
    bench.generate(server.port_of("amqp"), *account("SCRAM-SHA-256", name), "--logins", logins, "--concurrency",
                   bench.options.concurrency, *more)
    return (cpu_seconds(server.pid) - before) / logins * 1e6


def bytes_sent(bench, server, name, *more):
    script = bench.script(server.port_of("amqp"), [*account("SCRAM-SHA-256", name), *more])
    return sum(int(turn.split(":")[1]) for turn in script.split(","))


def measure(bench):
    options, points = bench.options, {}
    with bench.doorward(users="".join(user(f"u{n}", addresses=n) for n in COUNTS)) as server:
        costs = {n: [] for n in COUNTS}
        for number in range(options.rounds + 1):
            for n in COUNTS:
                us = cost(bench, server, f"u{n}", options.logins)
                if number > 0:  # the first warms caches
                    costs[n].append(us)
            say(f"  rules round {number}/{options.rounds}")
        for n in COUNTS:
            points[n] = {"bytes": bytes_sent(bench, server, f"u{n}"), "us": statistics.median(costs[n])}

    def slope(low, high):
        return (points[high]["us"] - points[low]["us"]) / (points[high]["bytes"] - points[low]["bytes"]) * 1024

    chart = Chart("A login by the bytes of its reply", "bytes sent", "server CPU, µs",
                  {"SCRAM-SHA-256": [(p["bytes"], p["us"]) for p in points.values()]})
    yield Row("a user with 300 addresses against one with 10", "linear in the bytes sent",
              f"{points[300]['us']:.0f} µs for {points[300]['bytes']:,} bytes, {points[10]['us']:.0f} µs for "
              f"{points[10]['bytes']:,}; a KiB more takes {slope(10, 100):.1f} µs up to 100 addresses, "
              f"{slope(100, 300):.1f} µs above", {"points": points}, chart)
    yield many_rules(bench, slope(100, 300))


def many_rules(bench, us_for_a_kib):
    """As many as take a larger frame than routers declare by themselves."""
    folder = bench.folder()
    config = folder / "doorward.yaml"
    config.write_text(f"limits: {{openBytes: {MEBIBYTE}}}\n")
    with bench.doorward("--config", config, users=user("many", addresses=MANY), folder=folder) as server:
        more = ["--max-frame", MEBIBYTE]
        rounds = [cost(bench, server, "many", bench.options.logins // 20, *more)
                  for _ in range(bench.options.rounds + 1)][1:]
        sent = bytes_sent(bench, server, "many", *more)
        refused = bench.try_to_generate(server.port_of("amqp"), *account("SCRAM-SHA-256", "many"), "--max-frame",
                                        FRAME_OF_A_ROUTER, "--logins", 1)
    if refused["failed"] != 1:
        sys.exit("a peer was let in with a frame that its reply does not fit")
    us = statistics.median(rounds)
    return Row(f"a user with {MANY:,} addresses, limits.openBytes of 1 MiB, a peer that declares a frame of 1 MiB",
               "linear in the bytes sent",
               f"{us:,.0f} µs for {sent:,} bytes, {us / sent * 1024:.1f} µs for a KiB beside {us_for_a_kib:.1f} above; a peer "
               f"that declares {FRAME_OF_A_ROUTER:,}: {refused['first_failure']}", {"rounds": rounds, "bytes": sent})
