"""A WAL record's own checksum (CRC-32C), and what it proves of a record that no reader accepts.

Source: PostgreSQL's xlogrecord.h and ValidXLogRecord: the sum goes over the data behind the header, then over the header up
to the sum's own field. The header begins with the record's length, 4 bytes, little-endian.
"""

from __future__ import annotations

HEADER_BYTES = 24
SUM_OFFSET = 20
LENGTH_BYTES = 4
ZEROS_MAX = 256  # a record may end in zeros, which nobody can tell from the emptiness behind it

_POLYNOMIAL = 0x82F63B78


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _table()


def crc32c(data: bytes, running: int = 0xFFFFFFFF) -> int:
    """The running sum after `data`; the finished one is its complement (`^ 0xFFFFFFFF`)."""
    for byte in data:
        running = _TABLE[(running ^ byte) & 0xFF] ^ running >> 8
    return running


def has_false_length(record: bytes) -> bool:
    """Whether these bytes are a whole record of another length than they claim: then the length was damaged.

    A record that was cut off on its way passes for none: its sum fits no length (one chance in 16 million).

    Args:
        record: from the record's start to the last byte that is not zero, without page headers.
    """
    if len(record) < HEADER_BYTES:
        return False
    wanted = int.from_bytes(record[SUM_OFFSET:HEADER_BYTES], "little")
    running = crc32c(record[HEADER_BYTES:])
    for length in range(len(record), len(record) + ZEROS_MAX):
        header = length.to_bytes(LENGTH_BYTES, "little") + record[LENGTH_BYTES:SUM_OFFSET]
        if crc32c(header, running) ^ 0xFFFFFFFF == wanted:
            return True
        running = crc32c(b"\0", running)
    return False
