#!/usr/bin/env python3
"""What a plugin that blocks for good costs the SCRAM logins of other address spaces.

usage: tests/bench/blocked_plugin [--rounds N]      (after the release build with tests)

Two services, one of which has every thread of a bridge blocked and its logins waiting, are asked in turns. What is
timed is the waiting for the service's answers, without the client's own work. Prints both medians and their ratio; it
never passes or fails on a time.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("DOORWARD", str(TOP / "build/release/doorward"))
sys.path.insert(0, str(TOP / "tests/integration"))
sys.dont_write_bytecode = True

from delegate import Delegate  # noqa: E402
from external_test import bridged  # noqa: E402
from served import REALM, Served, service, space, user  # noqa: E402

LOGINS = 100
WAITING = 100


class Timed(Delegate):
    """Adds up how long it waits for the other side."""
    waited = 0.0

    def read(self, size):
        began = time.perf_counter()
        try:
            return super().read(size)
        finally:
            self.waited += time.perf_counter() - began


def serve(folder, plugin):
    resources = folder / "resources"
    resources.mkdir(parents=True)
    external = {"plugin": {"name": "broken", "config": plugin}, "timeoutSeconds": 60}
    (resources / "all.yaml").write_text(service() + space() + user("bob", "x") + bridged(external))
    return Served("--data-dir", folder / "data", "--amqp", "127.0.0.1:0",
                  "--resources", resources).wait_until_listening()


def login(address):
    with Timed(address) as delegate:
        delegate.authenticate("SCRAM-SHA-256", REALM, "bob", "x")
        delegate.open()
        return delegate.waited


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as folder:
        free = serve(pathlib.Path(folder) / "free", {})
        blocked = serve(pathlib.Path(folder) / "blocked", {"break": "block"})
        waiting = []
        try:
            for _ in range(WAITING):
                delegate = Delegate(blocked.addresses["amqp"])
                delegate.mechanisms()
                delegate.begin("PLAIN", b"\0zoe\0x", "team1-away")
                waiting.append(delegate)
            medians = {"free": [], "blocked": []}
            for _ in range(rounds):
                for name, served in (("free", free), ("blocked", blocked)):
                    times = [login(served.addresses["amqp"]) for _ in range(LOGINS)]
                    medians[name].append(statistics.median(times) * 1e6)
        finally:
            for delegate in waiting:
                delegate.socket.close()
            free.stop()
            blocked.stop()
    free_us, blocked_us = (statistics.median(medians[name]) for name in ("free", "blocked"))
    print(json.dumps({"logins": LOGINS * rounds, "waiting_at_the_plugin": WAITING, "free_us": round(free_us),
                      "blocked_us": round(blocked_us), "ratio": round(blocked_us / free_us, 2)}))


if __name__ == "__main__":
    main()
