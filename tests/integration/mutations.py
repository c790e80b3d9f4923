"""What a mutator does to a good exchange, which is a list of messages: they may be changed, cut, doubled, moved or left out,
and are written in pieces. All follows from the random numbers that are given, so that a seed replays a run."""
import dataclasses
import struct
import typing

# Bytes, and sizes or counts, that parsers stumble over.
BYTES = bytes([0, 1, 7, 8, 0x40, 0x45, 0x53, 0x7f, 0x80, 0xa0, 0xb0, 0xc0, 0xd0, 0xf0, 0xff])
SIZES = [0, 1, 7, 8, 9, 511, 512, 16_384, 16_385, 0x7fffffff, 0x80000000, 0xffffffff]


@dataclasses.dataclass
class Message:
    """`bytes`: what a client writes, by the server's last challenge. `answers`: which challenge it waits for; 0: none."""
    bytes: typing.Callable[[bytes], bytes]
    answers: int = 0


def constant(data):
    return Message(lambda challenge: data)


def flip(random, data):
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1:]


def replace(random, data):
    at = random.randrange(len(data))
    return data[:at] + bytes([random.choice(BYTES)]) + data[at + 1:]


def resize(random, data):
    """Of four bytes that may be a size or a count, most often those at the start of a frame."""
    at = random.choice([0, random.randrange(max(1, len(data) - 3))])
    return data[:at] + struct.pack(">I", random.choice(SIZES)) + data[at + 4:]


def cut(random, data):
    return data[:random.randrange(len(data))]


def take_out(random, data):
    at = random.randrange(len(data))
    return data[:at] + data[at + random.randrange(1, 9):]


def put_in(random, data):
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.choice([1, 2, 8, 64, 600])) + data[at:]


def repeat(random, data):
    at = random.randrange(len(data))
    return data[:at] + data[at:at + random.randrange(1, 33)] * random.choice([2, 3, 100]) + data[at:]


def noise(random, data):
    return random.randbytes(len(data))


CHANGES = [flip, flip, replace, replace, resize, cut, take_out, put_in, repeat, noise]


def double(random, messages):
    at = random.randrange(len(messages))
    return messages[:at] + [messages[at]] * random.choice([2, 2, 50]) + messages[at + 1:]


def swap(random, messages):
    one, other = random.randrange(len(messages)), random.randrange(len(messages))
    messages = list(messages)
    messages[one], messages[other] = messages[other], messages[one]
    return messages


def leave_out(random, messages):
    at = random.randrange(len(messages))
    return messages[:at] + messages[at + 1:]


def end_early(random, messages):
    return messages[:random.randrange(len(messages))]


MOVES = [double, swap, leave_out, end_early]


def changed(random, message):
    change = random.choice(CHANGES)

    def data(challenge):
        before = message.bytes(challenge)
        return change(random, before) if before else before

    return Message(data, message.answers)


def mutated(random, messages):
    """With one to three changes."""
    for _ in range(random.choice([1, 1, 2, 3])):
        if not messages:
            break
        if random.random() < 0.25:
            messages = random.choice(MOVES)(random, messages)
        else:
            at = random.randrange(len(messages))
            messages = messages[:at] + [changed(random, messages[at])] + messages[at + 1:]
    return messages


def in_pieces(random, data):
    """As it is written: most often whole, else split anywhere."""
    if random.random() < 0.7:
        return [data]
    pieces = []
    while data and len(pieces) < 20:
        size = random.choice([1, 3, 7, 8, 40])
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data] if data else pieces
