"""Users imported by `doorward sync`, with verifiers and with passwords: is it linear, and what is its limit? The limit of
the first are bare inserts of the same rows, each in a transaction of its own on the same disk; that of the second the
PBKDF2 of three hashes on all cores."""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

from bench import PASSWORD, Row, user
from chart import Chart
from processes import say

PARTS = [0.25, 0.5, 1]
ITERATIONS = 32_768


def verifiers(bench):
    """Of PASSWORD, for every hash."""
    return subprocess.run([bench.program, "verifier"], input=PASSWORD + "\n", text=True, capture_output=True,
                          check=True).stdout.split()


def sync(bench, manifests):
    """Seconds, and the database that they went into."""
    folder = bench.folder()
    (folder / "more").mkdir()
    (folder / "more/users.yaml").write_text(manifests)
    with bench.doorward("--https", "127.0.0.1:0", folder=folder):
        begun = time.perf_counter()
        done = subprocess.run([bench.program, "sync", folder / "more", "--kubeconfig", folder / "data/admin.kubeconfig"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        took = time.perf_counter() - begun
    if done.returncode != 1:
        sys.exit(f"sync failed: {done.stderr}")
    return took, folder / "data/doorward.db"


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
    points = []
    for part in PARTS:
        count = int(bench.options.imports * part)
        took, database = sync(bench, "".join(user(f"v{i}", 1, credentials) for i in range(count)))
        say(f"  sync of {count} users with verifiers: {took:.1f} s")
        points.append((count, took))
    bare = bare_inserts(database, pathlib.Path(bench.folder(), "bare.db"), count)
    chart = Chart("Users with verifiers by sync", "users", "seconds", {"sync": points, "bare inserts": [(0, 0), (count, bare)]})
    return Row(f"sync of {count:,} users with verifiers", "linear; 3 × bare inserts of the same rows",
               f"{took / bare:.2f}: {took:.1f} s, {bare:.1f} s; a quarter of them took {points[0][1] / took:.2f} of the time",
               {"points": points, "bare_seconds": bare}, chart)


def with_passwords(bench):
    points = []
    for part in PARTS:
        count = int(bench.options.passwords * part)
        took, _ = sync(bench, "".join(user(f"p{i}", 1) for i in range(count)))
        say(f"  sync of {count} users with passwords: {took:.1f} s")
        points.append((count, took))
    each = json.loads(subprocess.run([bench.tool("bench_pbkdf2")], check=True, capture_output=True, text=True).stdout)
    limit = sum(hash["iteration_ns"] for hash in each.values()) * 1e-9 * ITERATIONS * count / os.cpu_count()
    chart = Chart("Users with passwords by sync", "users", "seconds",
                  {"sync": points, "PBKDF2 of three hashes on all cores": [(0, 0), (count, limit)]})
    return Row(f"sync of {count:,} users with passwords, three hashes each", "at the PBKDF2 limit of all cores",
               f"{took / limit:.2f}: {took:.1f} s, {limit:.1f} s; a quarter of them took {points[0][1] / took:.2f} of the time",
               {"points": points, "limit_seconds": limit}, chart)


def measure(bench):
    yield with_verifiers(bench)
    yield with_passwords(bench)
