"""The first login with a password: PBKDF2, against the compressions of the hash that it cannot do without."""
import json
import subprocess

from bench import Row


def measure(bench):
    figures = json.loads(subprocess.run([bench.tool("bench_pbkdf2")], check=True, capture_output=True, text=True).stdout)
    sha256 = figures["SCRAM-SHA-256"]
    yield Row("PLAIN, first time: an iteration of PBKDF2-HMAC-SHA-256", "1.5 × two compressions",
              f"{sha256['ratio']:.2f}: {sha256['iteration_ns']:.0f} ns, {sha256['two_compressions_ns']:.0f} ns", figures)
