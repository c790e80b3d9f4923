"""Users imported by `doorward sync`, with verifiers and with passwords: is it linear, and what is its limit? The limit of
the first are bare inserts of the same rows, each in a transaction of its own on the same disk; that of the second the
PBKDF2 of three hashes on all cores, before the import and after it, by the clock like the import: the neighbours of a
shared machine take from both."""
import json
import pathlib
import statistics
import sqlite3
import subprocess
import sys
import time

from bench import PASSWORD, Row, user
from chart import Chart
from processes import say

PARTS = [0.25, 0.5, 1]  # at which the time is taken
USERS_IN_A_FILE = 5_000


def verifiers(bench):
    """Of PASSWORD, for every hash."""
    return subprocess.run([bench.program, "verifier"], input=PASSWORD + "\n", text=True, capture_output=True,
                          check=True).stdout.split()


def sync(bench, what, manifests):
    """How many users were there after how many seconds, by PARTS, and the database that they went into."""
    folder = bench.folder()
    (folder / "more").mkdir()
    for number in range(0, len(manifests), USERS_IN_A_FILE):
        (folder / f"more/users-{number}.yaml").write_text("".join(manifests[number:number + USERS_IN_A_FILE]))
    counts = [max(1, int(len(manifests) * part)) for part in PARTS]
    points = []
    with bench.doorward("--https", "127.0.0.1:0", folder=folder):
        begun = time.perf_counter()
        with subprocess.Popen(["stdbuf", "-oL", bench.program, "sync", folder / "more", "--kubeconfig",
                               folder / "data/admin.kubeconfig"],
                              stdout=subprocess.PIPE, text=True) as syncing:
            lines = (line for line in syncing.stdout if line.startswith("created "))  # one for each user
            for created, _ in enumerate(lines, 1):
                if created in counts:
                    points.append((created, time.perf_counter() - begun))
                    say(f"  sync of {created:,} users with {what}: {points[-1][1]:.1f} s")
    if syncing.returncode != 1 or len(points) < len(set(counts)):
        sys.exit("sync failed: what it says is above")
    return points, folder / "data/doorward.db"


def bare_inserts(source, target, count):
    """Seconds for the rows of the last `count` users, as doorward keeps them, by SQLite alone."""
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as kept:
        schema = [sql for (sql,) in kept.execute("select sql from sqlite_schema where sql is not null "
                                                 "and tbl_name in ('changes', 'logins')")]
        changes = kept.execute("select * from changes where kind like 'messagingusers.%' order by version desc limit ?",
                               [count]).fetchall()
        logins = kept.execute("select * from logins order by version desc limit ?", [count]).fetchall()
    bare = sqlite3.connect(target, isolation_level=None)
    bare.execute("pragma journal_mode = wal")
    bare.execute("pragma synchronous = full")
    for sql in schema:
        bare.execute(sql)

    def insert(table, row):
        bare.execute(f"insert into {table} values ({','.join('?' * len(row))})", row)

    begun = time.perf_counter()
    for change, login in zip(changes, logins):
        bare.execute("begin immediate")
        insert("changes", change)
        insert("logins", login)
        bare.execute("commit")
    took = time.perf_counter() - begun
    bare.close()
    return took


def with_verifiers(bench):
    credentials = f"{{type: password, credentials: {json.dumps(verifiers(bench))}}}"
    points, database = sync(bench, "verifiers", [user(f"v{i}", 1, credentials) for i in range(bench.options.imports)])
    count, took = points[-1]
    bare = bare_inserts(database, pathlib.Path(bench.folder(), "bare.db"), count)
    chart = Chart("Users with verifiers by sync", "users", "seconds", {"sync": points, "bare inserts": [(0, 0), (count, bare)]})
    return Row(f"sync of {count:,} users with verifiers", "linear; 3 × bare inserts of the same rows",
               f"{took / bare:.2f}: {took:.1f} s, {bare:.1f} s; a quarter of them took {points[0][1] / took:.2f} of the time",
               {"points": points, "bare_seconds": bare}, chart)


def bare_pbkdf2(bench):
    """Seconds for the credentials of as many users on all cores, and nothing else."""
    done = subprocess.run([bench.tool("bench_pbkdf2"), "--users", str(bench.options.passwords)], check=True,
                          capture_output=True, text=True)
    seconds = json.loads(done.stdout)["seconds"]
    say(f"  PBKDF2 of {bench.options.passwords:,} users on all cores: {seconds:.1f} s")
    return seconds


def with_passwords(bench):
    limits = [bare_pbkdf2(bench)]
    points, _ = sync(bench, "passwords", [user(f"p{i}", 1) for i in range(bench.options.passwords)])
    limits.append(bare_pbkdf2(bench))
    count, took = points[-1]
    limit = statistics.mean(limits)
    chart = Chart("Users with passwords by sync", "users", "seconds",
                  {"sync": points, "PBKDF2 of three hashes on all cores": [(0, 0), (count, limit)]})
    return Row(f"sync of {count:,} users with passwords, three hashes each", "at the PBKDF2 limit of all cores",
               f"{took / limit:.2f}: {took:.1f} s, {limit:.1f} s; a quarter of them took {points[0][1] / took:.2f} of the time",
               {"points": points, "limit_seconds": limits}, chart)


def measure(bench):
    yield with_verifiers(bench)
    yield with_passwords(bench)
