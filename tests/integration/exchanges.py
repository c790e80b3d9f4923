"""Good exchanges as a delegate plays them, for a mutator: of each service type and mechanism, with the right password and
with a wrong one, and the hello of TLS. Each says whether what was made of it may be let in."""
import contextlib
import dataclasses
import ssl
import typing

from delegate import (AMQP_HEADER, SASL_HEADER, SCRAM, PlainClient, ScramClient, binary, frame, performative, symbol,
                      text)
from mutations import Message, constant

USERS = 200  # so that the protection against guessing does not hold all that follows
RIGHTS = {"orders/*": ["send", "recv"]}  # of each user
WRONG = "battery staple"
OPEN = frame(0, performative(0x10, text("mutator"), None, None, None, None, None, None, None, symbol("ADDRESS-AUTHZ")))


def password_of(name):
    """Another one for each, so that a name that was changed into another user's is no right answer."""
    return f"the horse of {name}"


@dataclasses.dataclass
class Exchange:
    """`proven`: whether who has sent such bytes may be let in, as `user` (anybody where that is empty). `raw`: below TLS."""
    messages: list
    user: str = ""
    proven: typing.Callable[[bytes], bool] = lambda sent: True
    raw: bool = False


def tls_hello():
    """Of a client that opens a TLS connection: all that it writes before it hears something."""
    hello = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="doorward.test").do_handshake()
    return Exchange([constant(hello.read())], raw=True, proven=lambda sent: False)


def tail():
    return [constant(AMQP_HEADER), constant(OPEN), constant(frame(0, performative(0x18)))]


def init(mechanism, initial, realm):
    return constant(frame(1, performative(0x41, symbol(mechanism), binary(initial), text(realm))))


def response(data):
    return frame(1, performative(0x43, binary(data)))


def anybody(mechanism, initial):
    return Exchange([constant(SASL_HEADER), init(mechanism, initial, "team1-free"), *tail()])


def plain(realm, name, password):
    message = PlainClient(name, password).initial()
    return Exchange([constant(SASL_HEADER), init("PLAIN", message, realm), *tail()], name,
                    lambda sent: password != WRONG and message in sent)


def scram(mechanism, realm, name, password):
    client, proofs = ScramClient(mechanism, name, password), []
    first = client.initial()

    def final(challenge):
        try:
            answer = client.final(challenge.decode())
        except (AssertionError, ValueError):  # the challenge answers what was changed
            return response(b"c=biws,r=,p=")
        proofs.append(answer)
        return response(answer)

    messages = [constant(SASL_HEADER), init(mechanism, first, realm), Message(final, answers=1),
                Message(lambda challenge: response(b""), answers=2), *tail()]
    return Exchange(messages, name, lambda sent: password != WRONG and first in sent and any(
        proof in sent for proof in proofs))


def an_exchange(chosen):
    """With a right password most often."""
    name = f"user{chosen.randrange(USERS)}"
    password = WRONG if chosen.random() < 0.25 else password_of(name)
    mechanism = chosen.choice(list(SCRAM))
    return chosen.choice([
        tls_hello,
        lambda: anybody("ANONYMOUS", b"trace"), lambda: anybody("PLAIN", b"\0zoe\0x"), lambda: anybody("EXTERNAL", b""),
        lambda: plain("team1-shop", name, password), lambda: scram(mechanism, "team1-shop", name, password),
        lambda: plain("team1-near", name, password),
        lambda: plain("team1-away", name, password), lambda: scram(mechanism, "team1-away", name, password)])()
