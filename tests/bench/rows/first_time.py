"""Passwords by PLAIN, first time, each of which takes a PBKDF2: as many as the cores can derive in time, all at
once, and more than these; and a quiet address space beside another one that fills the workers.

No password is remembered here (`limits.rememberedPasswords: 0`), and each client is a user of its own.
"""
import json
import os
import subprocess

from bench import PASSWORD, Row
from rows.storm import SPACE, USER, allow_descriptors, one_user, quiet, serve, verifiers

ITERATIONS = 32_768
LOGIN_TIMEOUT = 10  # seconds, the default
SYS_TEMP = "login failed: outcome sys_temp"


def seconds_of_a_password(bench):
    said = json.loads(subprocess.run([bench.tool("bench_pbkdf2")], check=True, capture_output=True, text=True).stdout)
    return said["SCRAM-SHA-256"]["iteration_ns"] * ITERATIONS / 1e9


def all_users(users, password=PASSWORD):
    return ["--mechanism", "PLAIN", "--password", password, "--users", users, "--realms", 1]


def storms(bench, port):
    """Half of what the cores derive until logins are given up, which is at three quarters of their time; and far more."""
    users, cores, one = bench.options.clients, os.cpu_count(), seconds_of_a_password(bench)

    def come(clients):
        return bench.try_to_generate(port, *all_users(users), "--logins", clients, "--concurrency", clients)

    in_time = LOGIN_TIMEOUT * 3 / 4
    few = come(200)
    fit = int(in_time / few["seconds"] * few["done"])
    arithmetic = (f"{fit:,} fit, by the time of {few['done']}, and {in_time / one * cores:,.0f} by the {one * 1000:.1f} ms "
                  f"that a core needs to derive one")

    clients = fit // 200 * 100
    came = come(clients)
    script = bench.script(port, one_user("PLAIN", "s0"))
    with bench.floor(script) as floor:
        bottom = bench.generate(floor.port, "--replay", script, "--logins", clients, "--concurrency", clients)
    derived_ms = clients * one / cores * 1000
    yield Row(f"{clients:,} clients at once, PLAIN, first time", "none fails",
              f"{came['failed']} failed; the slowest {came['max_ms'] / bottom['max_ms']:.2f} × the floor's: {came['max_ms']:,.0f} ms, "
              f"{bottom['max_ms']:,.0f} ms; {came['max_ms'] / derived_ms:.2f} × what all cores take to derive as many; {arithmetic}",
              {"few": few, "storm": came, "floor": bottom, "derived_ms": derived_ms}, failed=came["failed"] > 0)

    clients = max(users, 2 * fit)
    came = come(clients)
    told = came["failures"].get(SYS_TEMP, 0)
    lost = came["failed"] - told
    yield Row(f"{clients:,} clients at once, PLAIN, first time", "whoever is not in hears sys-temp",
              f"{came['done']:,} in, {told:,} sys-temp, {lost} neither, after {came['seconds']:.1f} s", {"storm": came},
              failed=lost > 0)


def disturbances(users):
    return {
        "a storm of 200 such": [[*all_users(users), "--concurrency", 200]],
        # So many that none has more than it has for nothing, and each guess is verified at once.
        f"200 guesses at a time, of {users:,} accounts,": [
            [*all_users(users, f"guess {number}"), "--guess", "--concurrency", 10] for number in range(20)],
    }


def measure(bench):
    allow_descriptors()
    users = bench.options.clients
    manifests = SPACE.format(name="quiet") + USER.format(space="quiet", number=0, credentials=json.dumps(verifiers(bench)))
    with serve(bench, bench.population(users, 1, ITERATIONS), manifests, {"rememberedPasswords": 0}) as server:
        port = server.port_of("amqp")
        yield from storms(bench, port)
        yield from quiet(bench, port, "PLAIN", disturbances(users), bench.options.quiet // 4, ", first time,")
