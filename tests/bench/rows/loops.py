"""Two event loops against one. A machine needs a core for the generator beside those of the loops."""
import os

from bench import Row, account


def measure(bench):
    who = account("SCRAM-SHA-256")
    with bench.doorward(loops=2) as two, bench.doorward(loops=1) as one:
        turns = bench.in_turns("two loops", [(two.pid, two.port_of("amqp"), who), (one.pid, one.port_of("amqp"), who)])
    yield Row("SCRAM-SHA-256, two loops against one", "1.1 × the CPU of one", turns.text + f" ({os.cpu_count()} cores)",
              turns.figures)
