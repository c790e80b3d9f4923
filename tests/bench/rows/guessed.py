"""The right password of an account that others guess meanwhile: how long it takes to get in, against what SECURITY.md
("Guessing") promises.

Two hundred connections guess: as many as one client opens without effort, and at once more guesses than may be wrong at
once where they do not wait for their answers. Then each hangs up after two seconds, since a right password would have had
its answer, and comes again with the next: a hundred guesses a second, of which 32 are verified.
"""
from bench import Row
from rows.storm import beside, one_user, serve

CONNECTIONS = 200
HANG_UP = 2_000  # milliseconds
# Name, what follows `guessers`, and seconds until it is as it stays: who hangs up has used up by then what may be wrong at once.
GUESSERS = {"wait for their answers": ([], 3), "hang up after two seconds": (["--hang-up", HANG_UP], 10)}


def guessed(bench, port, mechanism, user, guess, how=""):
    """`user`: one of whom nobody has guessed yet."""
    more, settled = GUESSERS[guess]
    who = one_user(mechanism, "s0", user)
    alone = bench.generate(port, *who, "--logins", bench.options.guessed * 10, "--concurrency", 1)["p99_ms"]
    guesser = [*one_user(mechanism, "s0", user, "guess"), "--guess", "--concurrency", CONNECTIONS, *more]
    with beside(bench, port, [guesser], settled) as guessed_by:
        # Each may take its turn of two seconds.
        came = bench.generate(port, *who, "--logins", bench.options.guessed, "--concurrency", 1)
    a_second = guessed_by[0]["failed"] / guessed_by[0]["seconds"]
    yield Row(f"{mechanism}{how} with the right password of an account beside {CONNECTIONS} connections that guess it and {guess}",
              f"2 s and 3 × its p99 alone: {2_000 + 3 * alone:,.0f} ms",
              f"the slowest of {bench.options.guessed} {came['max_ms']:,.0f} ms, 99th percentile {came['p99_ms']:,.0f} ms, median "
              f"{came['p50_ms']:,.0f} ms; p99 alone {alone:.2f} ms; {a_second:.0f} guesses a second",
              {"came": came, "alone_p99_ms": alone, "guesses_a_second": a_second})


def measure(bench):
    with serve(bench) as server:
        yield from guessed(bench, server.port_of("amqp"), "PLAIN", "u1", "hang up after two seconds", ", remembered,")
    with serve(bench, limits={"rememberedPasswords": 0}) as server:
        sides = [(mechanism, how, guess) for mechanism, how in [("SCRAM-SHA-256", ""), ("PLAIN", ", not remembered,")]
                 for guess in GUESSERS]
        for number, (mechanism, how, guess) in enumerate(sides, start=1):
            yield from guessed(bench, server.port_of("amqp"), mechanism, f"u{number}", guess, how)
