"""REST beside logins: how long a GET of one user takes over a connection that is kept, and how long a login takes, each
alone and beside the other, in turns. Who disturbs runs when a core is idle alone (bench.WHEN_IDLE)."""
import os
import statistics
import subprocess
import sys
import threading
import time

from bench import WHEN_IDLE, Row, account
from processes import say

USER = "/apis/user.enmasse.io/v1beta1/namespaces/default/messagingusers/bench.user"
GETS = 1_000
WHO = account("SCRAM-SHA-256")


class Api:
    """Asks again and again until it is told to stop, or so many times."""

    def __init__(self, rest):
        self.rest, self.stopped = rest, threading.Event()

    def get(self, count):
        """Microseconds of each."""
        took = []
        while len(took) < count and not self.stopped.is_set():
            begun = time.perf_counter()
            answer = self.rest.send("GET", USER)
            answer.read()
            took.append((time.perf_counter() - begun) * 1e6)
            if answer.status != 200:
                sys.exit(f"a GET was answered with {answer.status}")
        return took


def gets_beside_logins(bench, port, api):
    load = subprocess.Popen([*WHEN_IDLE, bench.tool("bench_load"), "--port", str(port), *WHO, "--logins", "100000000",
                             "--concurrency", str(bench.options.concurrency)], stdout=subprocess.DEVNULL)
    try:
        took = api.get(GETS)
        if load.poll() is not None:
            sys.exit("the load generator ended before its time")
        return took
    finally:
        load.kill()
        load.wait()


def logins(bench, port):
    """The median login's microseconds, two at a time: alone they leave the service room."""
    return bench.generate(port, *WHO, "--logins", bench.options.logins, "--concurrency", 2)["p50_ms"] * 1e3


def logins_beside_gets(bench, port, api):
    def ask():
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # this thread alone
        api.get(float("inf"))

    asking = threading.Thread(target=ask)
    api.stopped.clear()
    asking.start()
    try:
        return logins(bench, port)
    finally:
        api.stopped.set()
        asking.join()
        api.stopped.clear()


def measure(bench):
    from rest_api import RestApi  # of the integration tests, which look for the program when they are read
    folder = bench.folder()
    rounds = []
    with bench.doorward("--https", "127.0.0.1:0", folder=folder) as server, RestApi(folder / "data") as rest:
        port, api = server.port_of("amqp"), Api(rest)
        for number in range(bench.options.rounds + 1):
            costs = [statistics.median(api.get(GETS)), statistics.median(gets_beside_logins(bench, port, api)),
                     logins(bench, port), logins_beside_gets(bench, port, api)]
            say(f"  REST round {number}/{bench.options.rounds}: GET {costs[0]:.0f} us, beside logins {costs[1]:.0f} us; "
                f"login {costs[2]:.0f} us, beside GETs {costs[3]:.0f} us")
            if number > 0:
                rounds.append(costs)
    get, get_beside, login, login_beside = (statistics.median(side) for side in zip(*rounds))
    yield Row("GET of one user beside SCRAM-SHA-256 logins without a pause", "1.5 × alone",
              f"{get_beside / get:.2f}: {get_beside:.0f} µs, alone {get:.0f} µs", {"rounds": rounds})
    yield Row("SCRAM-SHA-256 login, two at a time, beside GETs without a pause", "1.5 × alone",
              f"{login_beside / login:.2f}: {login_beside:.0f} µs, alone {login:.0f} µs", {})
