"""What a plugin that blocks for good costs the SCRAM logins of other address spaces.

Two services, one of which has every thread of a bridge blocked and its logins waiting, are asked in turns. What is
timed is the waiting for the service's answers, without the client's own work.
"""
import os
import pathlib
import statistics
import time

from bench import Row
from processes import say

LOGINS = 100
WAITING = 100


def serve(folder, plugin):
    from external_test import bridged
    from served import Served, service, space, user
    resources = folder / "resources"
    resources.mkdir(parents=True)
    external = {"plugin": {"name": "broken", "config": plugin}, "timeoutSeconds": 60}
    (resources / "all.yaml").write_text(service() + space() + user("bob", "x") + bridged(external))
    return Served("--data-dir", folder / "data", "--amqp", "127.0.0.1:0",
                  "--resources", resources).wait_until_listening()


def wait_at_the_plugin(address):
    from delegate import Delegate
    delegate = Delegate(address)
    delegate.mechanisms()
    delegate.begin("PLAIN", b"\0zoe\0x", "team1-away")
    return delegate


def login(address):
    """Seconds that it waited for the other side."""
    from delegate import Delegate
    from served import REALM

    class Timed(Delegate):
        waited = 0.0

        def read(self, size):
            began = time.perf_counter()
            try:
                return super().read(size)
            finally:
                self.waited += time.perf_counter() - began

    with Timed(address) as delegate:
        delegate.authenticate("SCRAM-SHA-256", REALM, "bob", "x")
        delegate.open()
        return delegate.waited


def measure(bench):
    plugin = pathlib.Path(os.environ["DOORWARD"]).parent / "plugins/broken.so"
    if not plugin.is_file():  # without it nothing would block, and the row would say so of something else
        raise FileNotFoundError(f"{plugin}, the plugin that blocks: build the tests (target broken_plugin)")
    folder = bench.folder()
    free, blocked = serve(folder / "free", {}), serve(folder / "blocked", {"break": "block"})
    waiting, rounds = [], []
    try:
        waiting += [wait_at_the_plugin(blocked.addresses["amqp"]) for _ in range(WAITING)]
        for number in range(bench.options.rounds):
            # One by one in turns: where neighbours take the CPU they take it from both.
            took = {blocked: [], free: []}
            for turn in range(LOGINS):
                for served in (blocked, free) if turn % 2 else (free, blocked):
                    took[served].append(login(served.addresses["amqp"]))
            rounds.append([statistics.median(took[served]) * 1e6 for served in (blocked, free)])
            say(f"  blocked plugin round {number + 1}/{bench.options.rounds}: {rounds[-1][0]:.0f} us, beside a free one "
                f"{rounds[-1][1]:.0f} us")
    finally:
        for delegate in waiting:
            delegate.socket.close()
        free.stop()
        blocked.stop()
    blocked_us, free_us = (statistics.median(side) for side in zip(*rounds))
    yield Row(f"SCRAM-SHA-256 beside a bridge that blocks for good, {WAITING} logins waiting at it", "1.2 × beside a free one",
              f"{blocked_us / free_us:.2f}: {blocked_us:.0f} µs, {free_us:.0f} µs", {"rounds": rounds})
