"""The memory of a connection that has sent its header and waits."""
import subprocess
import sys

from bench import Row
from processes import private_bytes


def cost(bench, server, port, flags):
    count = bench.options.idle
    before = private_bytes(server.pid)
    holder = subprocess.Popen([bench.tool("bench_load"), "--port", str(port), "--idle", str(count), *flags],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if "idle" not in holder.stdout.readline():
        sys.exit("the idle connections could not be made: is the limit of open files too low?")
    after = private_bytes(server.pid)
    holder.communicate("\n")
    return (after - before) / count


def measure(bench):
    certificate, key = bench.certificate()
    config = bench.folder() / "doorward.yaml"
    config.write_text("limits: {loginTimeout: 10m}\n")  # that none is gone before the last has come
    for name, door, flags, aim in [("plain", "amqp", [], 4), ("TLS", "amqps", ["--tls"], 20)]:
        with bench.doorward("--config", config, "--amqps", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key) as server:
            bytes_each = cost(bench, server, server.port_of(door), flags)
        yield Row(f"idle connection after its header, {name}", f"{aim} KiB", f"{bytes_each / 1024:.1f} KiB",
                  {"bytes": bytes_each, "connections": bench.options.idle})
