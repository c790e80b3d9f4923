"""Many users in many realms against 100 in one: what a login costs, and what memory holds of them."""
from bench import PASSWORD, Row
from processes import resident_bytes

FEW = 100, 1
CACHED = 10_000  # users, fewer than log in


def who(users, realms):
    return ["--mechanism", "SCRAM-SHA-256", "--password", PASSWORD, "--users", users, "--realms", realms]


def measure(bench):
    many = bench.options.users, max(1, bench.options.users // 100)
    config = bench.folder() / "doorward.yaml"
    config.write_text(f"limits: {{cachedUsers: {CACHED}}}\n")
    with bench.serve(bench.population(*many), "--config", config) as full, bench.serve(bench.population(*FEW)) as small:
        for choice, flags in [("uniform", []), ("Zipf", ["--zipf"])]:
            turns = bench.in_turns(f"{many[0]} users, {choice}", [
                (server.pid, server.port_of("amqp"), [*who(*size), *flags]) for server, size in [(full, many), (small, FEW)]])
            memory = resident_bytes(full.pid), resident_bytes(small.pid)
            yield Row(f"SCRAM-SHA-256, {many[0]:,} users in {many[1]:,} realms against 100 in one, {choice}", "1.15 × the CPU",
                      f"{turns.text}; resident {memory[0] / 2**20:.0f} MiB, {memory[1] / 2**20:.0f} MiB, {CACHED:,} users cached",
                      {"users": many[0], "realms": many[1], "resident_bytes": memory, **turns.figures})
