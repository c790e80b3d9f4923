"""The same over TLS 1.3 with a certificate of P-256, against a bare OpenSSL server that makes the handshake and moves the bytes."""
from bench import Row, account
from processes import Server


def measure(bench):
    certificate, key = bench.certificate()
    with bench.doorward("--amqps", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key) as server:
        port = server.port_of("amqps")
        for mechanism in ["ANONYMOUS", "SCRAM-SHA-256"]:
            who = account(mechanism)
            script = bench.script(server.port_of("amqp"), who)
            for how, flags in [("full handshake", ["--tls"]), ("resumption", ["--tls", "--resume"])]:
                with Server([bench.tool("bench_floor_tls"), certificate, key, script], "stdout", r"^\d+$") as floor:
                    turns = bench.in_turns(f"{mechanism}, TLS, {how}", [
                        (server.pid, port, [*who, *flags]), (floor.pid, floor.port, ["--replay", script, *flags])])
                yield Row(f"{mechanism}, TLS 1.3, {how}", "1.1 × bare OpenSSL", turns.text, turns.figures)
