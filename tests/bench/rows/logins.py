"""A login with `open` over plain TCP, one event loop, against the floor."""
from bench import Row, account

AIMS = {"ANONYMOUS": 1.2, "PLAIN": 1.25, "SCRAM-SHA-256": 1.35, "SCRAM-SHA-1": 1.4, "SCRAM-SHA-512": 1.5}
NAMES = {"PLAIN": "PLAIN, remembered pair"}


def measure(bench):
    with bench.doorward() as server:
        for mechanism, aim in AIMS.items():
            port, who = server.port_of("amqp"), account(mechanism)
            script = bench.script(port, who)
            with bench.floor(script) as floor:
                turns = bench.in_turns(mechanism, [(server.pid, port, who), (floor.pid, floor.port, ["--replay", script])])
            yield Row(f"{NAMES.get(mechanism, mechanism)}, plain TCP", f"{aim} × floor", turns.text,
                      {"script": script, **turns.figures})
