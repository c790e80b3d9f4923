"""What a user would otherwise run, on the same machine in the same run: CPU for a login, memory and the time from the start of
the process to the first login. What is not installed is skipped with a word; the comparison has no aim."""
import time

from bench import Row, account
from peers import ITERATIONS, USER, Dovecot, RabbitMq, cpu_of_all, scram_keys
from processes import resident_bytes, say


class Figures:
    def __init__(self, bench, start, login_many, pids):
        """`login_many(count)`; `start`: of the process, by time.perf_counter()."""
        login_many(1)
        self.start_seconds = time.perf_counter() - start
        login_many(bench.options.logins)  # warms whatever there is to warm
        before = cpu_of_all(pids())
        login_many(bench.options.logins)
        self.us = (cpu_of_all(pids()) - before) / bench.options.logins * 1e6
        self.resident = sum(resident_bytes(pid) for pid in pids())

    def row(self, work):
        return Row(work, "none: for comparison",
                   f"{1e6 / self.us:,.0f} logins for a second of CPU ({self.us:.0f} µs); {self.resident / 2**20:.0f} MiB "
                   f"resident; {self.start_seconds:.2f} s from its start to the first login",
                   {"us": self.us, "resident_bytes": self.resident, "start_seconds": self.start_seconds})


def many_by_generator(bench, port, *who):
    work = ["--concurrency", bench.options.concurrency]
    return lambda count: bench.generate(port, *who, *work, "--logins", count)


def doorward(bench):
    for mechanism in ["PLAIN", "SCRAM-SHA-256"]:
        begun = time.perf_counter()
        with bench.doorward() as server:
            figures = Figures(bench, begun, many_by_generator(bench, server.port_of("amqp"), *account(mechanism)),
                              lambda: [server.pid])
        yield figures.row(f"doorward, {mechanism} over AMQP and plain TCP, one loop; the start derives the password's three "
                          "verifiers")


def rabbitmq(bench):
    version = RabbitMq.version()
    if version is None:
        return
    begun = time.perf_counter()
    with RabbitMq(bench.folder()) as broker:
        who = ["--broker", "--mechanism", "PLAIN", "--user", USER, "--password", account("PLAIN")[-1]]
        figures = Figures(bench, begun, many_by_generator(bench, broker.port, *who), lambda: broker.pids)
    yield figures.row(f"RabbitMQ {version}, plugin rabbitmq_amqp1_0, PLAIN over plain TCP, its defaults: one salted SHA-256 for a "
                      "password, and a connection that could carry messages")


def dovecot(bench):
    version = Dovecot.version()
    if version is None:
        return
    scram_keys(bytes(16), ITERATIONS)  # the client's own, before the clock starts
    begun = time.perf_counter()
    with Dovecot(bench.folder()) as service:
        figures = Figures(bench, begun, service.login_many, lambda: service.pids)
    yield figures.row(f"Dovecot {version}, its auth service alone, SCRAM-SHA-256 of a passwd-file by its own protocol: a Unix socket "
                      "that stays, no connection and no AMQP for each login, no policy in the answer")


def measure(bench):
    yield from doorward(bench)
    for name, package, rows in [("RabbitMQ", "rabbitmq-server", rabbitmq), ("Dovecot", "dovecot-core", dovecot)]:
        made = list(rows(bench))
        if not made:
            say(f"  {name} is not installed (apt-get install --no-install-recommends {package}) and left out")
        yield from made
