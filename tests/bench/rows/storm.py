"""What a storm does: all clients of a router come back at once, each on a connection of its own.

First the storm itself, by SCRAM and by PLAIN, in one address space and spread over a hundred: how many logins failed, and how
long the slowest took, against the slowest of as many at once at a floor that moves the same bytes. Then a quiet address
space beside a storm and beside guessers in another one: the 99th percentile of its logins against that alone, in turns.

Whatever disturbs runs when a core is idle alone (bench.WHEN_IDLE): what is measured is how the service shares itself, and not
how the scheduler shares two cores between its clients.
"""
import contextlib
import json
import os
import resource
import statistics
import subprocess
import time

from bench import PASSWORD, WHEN_IDLE, Row
from processes import say
from rows.sync import verifiers

SPACES = 100
MECHANISMS = ["SCRAM-SHA-256", "PLAIN"]
SETTLED = 1.5  # seconds until a disturbance runs as it will
SERVICE = """---
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata: {namespace: bench, name: standard}
spec: {type: standard}
"""
SPACE = """---
apiVersion: enmasse.io/v1beta1
kind: AddressSpace
metadata: {{namespace: bench, name: {name}}}
spec: {{type: standard, plan: bench, authenticationService: {{name: standard}}}}
"""
USER = """---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata: {{namespace: bench, name: {space}.u{number}}}
spec:
  username: u{number}
  authentication: {{type: password, credentials: {credentials}}}
  authorization: [{{operations: [send, recv], addresses: [queue]}}]
"""


def manifests(bench):
    """Users as the load generator's --users and --realms choose among them, a hundred in s0 and one in each of the other
    spaces, and one in a space that is quiet."""
    credentials = json.dumps(verifiers(bench))
    users = {(0, number) for number in range(SPACES)} | {(number, number) for number in range(SPACES)}
    return (SERVICE + "".join(SPACE.format(name=name) for name in ["quiet", *(f"s{number}" for number in range(SPACES))])
            + "".join(USER.format(space=f"s{space}", number=number, credentials=credentials) for space, number in sorted(users))
            + USER.format(space="quiet", number=0, credentials=credentials))


def serve(bench, data=None, all_manifests=None, limits=None):
    """On all cores. `limits`: of the configuration."""
    folder = bench.folder()
    (folder / "resources").mkdir()
    (folder / "resources/storm.yaml").write_text(all_manifests or manifests(bench))
    config = folder / "doorward.yaml"
    config.write_text(json.dumps({"limits": limits or {}}))
    return bench.serve(data or folder / "data", "--config", config, "--resources", folder / "resources", loops=os.cpu_count())


def one_user(mechanism, space, user="u0", password=PASSWORD):
    return ["--mechanism", mechanism, "--realm", f"bench-{space}", "--user", user, "--password", password]


def all_users(mechanism, realms):
    return ["--mechanism", mechanism, "--password", PASSWORD, "--users", SPACES, "--realms", realms]


def storms(bench, port):
    clients = ["--logins", bench.options.clients, "--concurrency", bench.options.clients]
    for mechanism in MECHANISMS:
        script = bench.script(port, one_user(mechanism, "s0"))
        for realms in [1, SPACES]:
            came = bench.try_to_generate(port, *all_users(mechanism, realms), *clients)
            with bench.floor(script) as floor:
                bottom = bench.generate(floor.port, "--replay", script, *clients)
            why = came["first_failure"].split(" [")[0]
            ratio = came["max_ms"] / bottom["max_ms"]
            yield Row(f"{bench.options.clients:,} clients at once, {mechanism}, {SPACES} users in {realms} address "
                      f"space{'s' * (realms > 1)}", "none fails",
                      f"{came['failed']} failed{': ' + why if came['failed'] else ''}; the slowest "
                      f"{ratio:.2f} × the floor's: {came['max_ms']:.0f} ms, {bottom['max_ms']:.0f} ms",
                      {"storm": came, "floor": bottom}, failed=came["failed"] > 0)


@contextlib.contextmanager
def beside(bench, port, disturbers, settled=SETTLED):
    """With none it waits as long, so that the end of those before is not measured. Gives a list, in which is afterwards what
    each of them did."""
    endless, said = ["--logins", 1_000_000_000], []
    running = [subprocess.Popen([*WHEN_IDLE, bench.tool("bench_load"), "--port", str(port),
                                 *map(str, [*endless, *arguments])], stdout=subprocess.PIPE, text=True)
               for arguments in disturbers]
    time.sleep(settled)
    try:
        yield said
    finally:
        for process in running:
            process.terminate()
        said += [json.loads(process.communicate()[0]) for process in running]


def guessers(mechanism, *users):
    """Twenty, ten guesses of each under way at once, and each guess a new one: a repeat would be known as wrong."""
    return [[*one_user(mechanism, "s0", users[number % len(users)], f"guess {number}"), "--guess", "--concurrency", 10]
            for number in range(20)]


DISTURBANCES = {
    "a storm of 200 by SCRAM-SHA-256": [[*all_users("SCRAM-SHA-256", 1), "--concurrency", 200]],
    "a storm of 200 by PLAIN": [[*all_users("PLAIN", 1), "--concurrency", 200]],
    "20 guessers of one account": guessers("PLAIN", "u0"),
    "20 guessers of made-up names": guessers("PLAIN", *(f"nobody{number}" for number in range(20))),
}


def quiet(bench, port, mechanism, disturbances, logins, how=""):
    """Rounds in which each has its turn, in another order each time. The ratio is that of one round, whose neighbours are
    the same."""
    who = [*one_user(mechanism, "quiet"), "--logins", logins, "--concurrency", 1]
    sides = ["alone", *disturbances]
    p99 = {what: [] for what in sides}
    for number in range(bench.options.rounds + 1):
        first = number % len(sides)
        for what in sides[first:] + sides[:first]:
            with beside(bench, port, disturbances.get(what, [])):
                came = bench.generate(port, *who)
            if number > 0:  # the first warms caches
                p99[what].append(came["p99_ms"])
        say(f"  a quiet address space, {mechanism}{how}, round {number}/{bench.options.rounds}")
    alone = statistics.median(p99["alone"])
    for what in disturbances:
        ratios = [ours / other for ours, other in zip(p99[what], p99["alone"])]
        yield Row(f"{mechanism}{how} in a quiet address space beside {what} in another, 99th percentile", "3 × alone",
                  f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}): "
                  f"{statistics.median(p99[what]):.2f} ms, alone {alone:.2f} ms", {"p99_ms": p99[what], "alone": p99["alone"]})


def allow_descriptors():
    """As many as the generator needs for a storm."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def measure(bench):
    allow_descriptors()
    with serve(bench) as server:
        port = server.port_of("amqp")
        yield from storms(bench, port)
        for mechanism in MECHANISMS:
            yield from quiet(bench, port, mechanism, DISTURBANCES, bench.options.quiet)
