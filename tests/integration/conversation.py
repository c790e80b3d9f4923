"""A conversation of a peer that misbehaves: an exchange that a mutator has changed, played on a connection of its own to
the end, and what came of it, which has to be documented."""
import contextlib
import socket

from answers import Answer, TlsAnswer, Undocumented
from delegate import OUTCOMES
from exchanges import RIGHTS, an_exchange
from mutations import in_pieces, mutated
from served import PATIENCE

# How long a client waits for a challenge that may never come, since it was asked for in so odd a way.
CHALLENGE_PATIENCE = 0.2


class Conversation:
    """One connection, on which an exchange is played. `tls`: a context, or None."""

    def __init__(self, address, tls, answer):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="doorward.test")
        self.answer, self.sent = answer, b""
        self.deaf = False  # the server takes no more
        self.over = False  # and says no more
        self.reset = False

    def write(self, data):
        try:
            self.socket.sendall(data)
            self.sent += data
        except OSError:
            self.deaf = self.reset = True

    def read(self, patience):
        """Some of what comes. False: nothing came in that time."""
        self.socket.settimeout(patience)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            data, self.reset = b"", True
        self.over = not data
        self.answer.add(data)
        return True

    def wait_for_challenge(self, number):
        while len(self.answer.challenges) < number and self.answer.outcome is None and not self.over:
            if not self.read(CHALLENGE_PATIENCE):
                break

    def play(self, messages, chosen):
        for message in messages:
            self.wait_for_challenge(message.answers)
            for piece in in_pieces(chosen, message.bytes((self.answer.challenges or [b""])[-1])):
                if not self.deaf:
                    self.write(piece)
        # Nothing more comes, so the server has to end, too. By TCP: SSLSocket's shutdown would end the reading.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_WR)
        while not self.over:
            if not self.read(PATIENCE):
                raise Undocumented("the connection was not closed")
        self.answer.ended(self.reset)


def judged(exchange, answer, sent):
    """In a word what came of it."""
    if answer.outcome != 0:
        return OUTCOMES[answer.outcome] if answer.outcome is not None else "closed"
    if not exchange.proven(sent):
        raise Undocumented("let in without the proof of the password")
    if answer.identity is not None and exchange.user and answer.identity != exchange.user:
        raise Undocumented(f"let in as {answer.identity!r} instead of {exchange.user!r}")
    if exchange.user and answer.rights not in (None, RIGHTS if answer.identity else {}):  # of an error: none
        raise Undocumented(f"with rights {answer.rights!r}")
    return f"ok, {answer.condition}" if answer.condition else "ok"


def play_mutated(random, plain, secure, tls):
    """An exchange of those of exchanges.py, changed, to one of two addresses; `tls`: the context for the second one."""
    exchange = an_exchange(random)
    address, context = random.choice([(plain, None), (secure, tls)])
    if exchange.raw:
        conversation = Conversation(secure, None, TlsAnswer())
    else:
        conversation = Conversation(address, context, Answer())
    with conversation.socket:
        conversation.play(mutated(random, exchange.messages), random)
    return judged(exchange, conversation.answer, conversation.sent)
