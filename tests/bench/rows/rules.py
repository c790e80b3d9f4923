"""What a login costs by how many addresses the user's rules have: it should grow as the bytes that are sent do."""
import statistics

from bench import Row, account, user
from chart import Chart
from processes import cpu_seconds, say

COUNTS = [10, 50, 100, 200, 300]


def measure(bench):
    options, points = bench.options, {}
    with bench.doorward(users="".join(user(f"u{n}", addresses=n) for n in COUNTS)) as server:
        port = server.port_of("amqp")
        costs = {n: [] for n in COUNTS}
        for number in range(options.rounds + 1):
            for n in COUNTS:
                before = cpu_seconds(server.pid)
                bench.generate(port, *account("SCRAM-SHA-256", f"u{n}"), "--logins", options.logins, "--concurrency",
                               options.concurrency)
                if number > 0:  # the first warms caches
                    costs[n].append((cpu_seconds(server.pid) - before) / options.logins * 1e6)
            say(f"  rules round {number}/{options.rounds}")
        for n in COUNTS:
            script = bench.script(port, account("SCRAM-SHA-256", f"u{n}"))
            sent = sum(int(turn.split(":")[1]) for turn in script.split(","))
            points[n] = {"bytes": sent, "us": statistics.median(costs[n])}

    def slope(low, high):
        return (points[high]["us"] - points[low]["us"]) / (points[high]["bytes"] - points[low]["bytes"]) * 1024

    chart = Chart("A login by the bytes of its reply", "bytes sent", "server CPU, µs",
                  {"SCRAM-SHA-256": [(p["bytes"], p["us"]) for p in points.values()]})
    yield Row("a user with 300 addresses against one with 10", "linear in the bytes sent",
              f"{points[300]['us']:.0f} µs for {points[300]['bytes']:,} bytes, {points[10]['us']:.0f} µs for "
              f"{points[10]['bytes']:,}; a KiB more takes {slope(10, 100):.1f} µs up to 100 addresses, "
              f"{slope(100, 300):.1f} µs above", {"points": points}, chart)
