"""What doorward may answer to whatever a peer sends, as its documents say: its SASL header, the offer, challenges, one
outcome, and after an outcome of ok the AMQP header, an open and a close; of that as much as the peer gets before the connection ends, which is
between two frames. To what is no TLS, TLS records."""
import struct

from delegate import AMQP_HEADER, SASL_HEADER, decode

MECHANISMS, CHALLENGE, OUTCOME, OPEN, CLOSE = 0x40, 0x42, 0x44, 0x10, 0x18
CONDITIONS = ["amqp:decode-error", "amqp:connection:framing-error", "amqp:frame-size-too-small"]
MAY_FOLLOW = {None: [MECHANISMS], MECHANISMS: [CHALLENGE, OUTCOME], CHALLENGE: [CHALLENGE, OUTCOME], OUTCOME: [OPEN],
              OPEN: [CLOSE], CLOSE: []}


class Undocumented(Exception):
    """Says what was wrong with the answer."""


class Answer:
    """What has come so far. `outcome`: the code, or None; `identity`: `sub` of the open; `rights`: its address-authz."""

    def __init__(self):
        self.data, self.at, self.last = b"", 0, None
        self.challenges, self.outcome, self.identity, self.rights, self.condition = [], None, None, None, None
        self.headers = [SASL_HEADER]

    def add(self, data):
        self.data += data
        while self.take():
            pass

    def take(self):
        """Whether a header or a frame was whole."""
        rest = self.data[self.at:]
        if self.headers:
            expected = self.headers[0]
            if not expected.startswith(rest[:8]):
                raise Undocumented(f"{rest[:8]!r} instead of {expected!r}")
            if len(rest) < 8:
                return False
            self.headers.pop()
            self.at += 8
            return True
        if len(rest) < 8:
            return False
        size, offset, kind = struct.unpack(">IBB", rest[:6])
        if size > 65_536 or size < 8 or offset != 2:
            raise Undocumented(f"a frame that begins with {rest[:8]!r}")
        if len(rest) < size:
            return False
        try:
            (code, fields), end = decode(rest[:size], 8)
        except (AssertionError, IndexError, TypeError, ValueError) as fault:
            raise Undocumented(f"a frame that cannot be read: {rest[:size]!r}") from fault
        if end != size or code not in MAY_FOLLOW[self.last] or kind != (1 if code >= MECHANISMS else 0):
            raise Undocumented(f"performative {code!r} of type {kind} behind {self.last}")
        self.last = code
        self.at += size
        self.read(code, fields)
        return True

    def read(self, code, fields):
        if code == CHALLENGE:
            self.challenges.append(fields[0])
        elif code == OUTCOME:
            self.outcome = fields[0]
            if self.outcome not in range(5):
                raise Undocumented(f"outcome {self.outcome!r}")
            if self.outcome == 0:
                self.headers = [AMQP_HEADER]
            else:
                self.last = CLOSE  # nothing may follow
        elif code == OPEN:
            properties = fields[9] if len(fields) > 9 and fields[9] else {}
            self.identity = properties.get("authenticated-identity", {}).get("sub")
            self.rights = properties.get("address-authz")
        elif code == CLOSE and fields and fields[0]:
            self.condition = fields[0][1][0]
            if self.condition not in CONDITIONS:
                raise Undocumented(f"closed with {self.condition!r}")
            if self.identity is not None:
                raise Undocumented("an error behind an identity")

    def ended(self, reset):
        """No more comes. `reset`: the end was no orderly one, which may have taken bytes with it."""
        if self.at != len(self.data) and not reset:
            raise Undocumented(f"the end came within {self.data[self.at:]!r}")


class TlsAnswer:
    """To whoever has sent something like a hello."""

    def __init__(self):
        self.data, self.challenges, self.outcome = b"", [], None

    def add(self, data):
        self.data += data
        rest = self.data
        while len(rest) >= 5:
            kind, version, size = struct.unpack(">BHH", rest[:5])
            # RFC 8446, section 5.1: change_cipher_spec, alert, handshake, application_data. Where the peer's version was
            # what is wrong, OpenSSL's alert bears that version.
            agreed = version in (0x0301, 0x0303) or (kind, size) == (21, 2)
            if kind not in (20, 21, 22, 23) or not agreed or size > 16_640:
                raise Undocumented(f"a TLS record that begins with {rest[:5]!r}")
            rest = rest[5 + size:]

    def ended(self, reset):
        pass
