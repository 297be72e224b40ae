"""The wire between two hosts: one TUN interface at each end, and this process in between.

Copies packets with a delay and a loss of its own for each direction, and holds back or drops chosen IKE packets. It takes
the place of a veth pair where the kernel has no netem. Started inside the namespace of the first host:

    relay.py FIRST SECOND SEED

It makes the interfaces `wan0` and `far0` there and says `up`; whoever started it moves `far0` to the second host (an
interface may change its namespace while its descriptor stays here). Then it obeys lines on standard input, each answered
by `ok` or `error ...`. FROM is a host's name or `any`.

    delay FROM MS              one way
    loss FROM PERCENT          by chance, from SEED
    hold ID FROM EXCHANGE MESSAGE COUNT    keep the next COUNT such packets back (EXCHANGE a number or any, MESSAGE
    drop ID FROM EXCHANGE MESSAGE COUNT    request, response or any, COUNT a number or all)
    release ID                 end the rule; what it held goes on at once, in order
    remove ID                  end the rule; what it held is lost
    stay                       go on when standard input ends

Each packet that a rule takes is told by `took ID N`, N counting from 1.
"""

import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
UDP = 17
IKE_PORT = 500
NAT_T_PORT = 4500
IKEV2_FLAG_RESPONSE = 0x20
QUEUE_MAX = 100_000
HELD_MAX = 10_000


def open_tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    return fd


def ike_header(packet):
    """(exchange type, "request" | "response" | None) of an IKE packet, None for any other packet."""
    if len(packet) < 20:
        return None
    if packet[0] >> 4 == 4:
        protocol, udp = packet[9], (packet[0] & 15) * 4
    else:
        protocol, udp = packet[6], 40
    if protocol != UDP or len(packet) < udp + 8:
        return None
    ports, ike = struct.unpack_from("!HH", packet, udp), udp + 8
    if NAT_T_PORT in ports:
        if packet[ike : ike + 4] != bytes(4):
            return None  # No non-ESP marker (RFC 3948, 2.2): ESP or a keepalive.
        ike += 4
    elif IKE_PORT not in ports:
        return None
    if len(packet) < ike + 28:
        return None
    version, exchange, flags = packet[ike + 17] >> 4, packet[ike + 18], packet[ike + 19]
    if version != 2:
        return exchange, None  # IKEv1 has no such flag.
    return exchange, "response" if flags & IKEV2_FLAG_RESPONSE else "request"


class Rule:
    def __init__(self, action, sender, exchange, message, count):
        self.action, self.sender, self.message = action, sender, message
        self.exchange = None if exchange == "any" else int(exchange)
        self.left = None if count == "all" else int(count)
        self.taken, self.held = 0, []

    def wants(self, sender, exchange, message):
        return (
            self.left != 0
            and self.sender in ("any", sender)
            and self.exchange in (None, exchange)
            and self.message in ("any", message)
        )

    def take(self, fd, packet):
        self.taken += 1
        if self.left is not None:
            self.left -= 1
        if self.action == "hold" and len(self.held) < HELD_MAX:
            self.held.append((fd, packet))


class Relay:
    def __init__(self, first, second, seed):
        a, b = open_tun("wan0"), open_tun("far0")
        self.names = {a: first, b: second}
        self.other = {a: b, b: a}
        self.delay = {first: 0.0, second: 0.0}
        self.loss = {first: 0.0, second: 0.0}
        self.random = random.Random(seed)
        self.rules = {}
        self.queue, self.number = [], 0
        self.stays = False

    def senders(self, name):
        if name == "any":
            return list(self.delay)
        if name not in self.delay:
            raise ValueError("no host " + name)
        return [name]

    def obey(self, line):
        word, *args = line.split()
        if word in ("delay", "loss"):
            table, scale = (self.delay, 1000) if word == "delay" else (self.loss, 100)
            for sender in self.senders(args[0]):
                table[sender] = float(args[1]) / scale
        elif word in ("hold", "drop"):
            self.senders(args[1])
            self.rules[args[0]] = Rule(word, *args[1:])
        elif word == "release":
            for fd, packet in self.rules.pop(args[0]).held:
                self.write(fd, packet)
        elif word == "remove":
            del self.rules[args[0]]
        elif word == "stay":
            self.stays = True
        else:
            raise ValueError("unknown command " + word)

    def write(self, fd, packet):
        try:
            os.write(fd, packet)
        except OSError:
            pass  # The far end is down, or its queue is full: lost, as on a wire.

    def accept(self, fd, packet):
        sender, header = self.names[fd], ike_header(packet)
        if header is not None:
            for name, rule in self.rules.items():
                if rule.wants(sender, *header):
                    rule.take(self.other[fd], packet)
                    say("took %s %d" % (name, rule.taken))
                    return
        if self.loss[sender] and self.random.random() < self.loss[sender]:
            return
        if not self.delay[sender] and not self.queue:
            self.write(self.other[fd], packet)
        elif len(self.queue) < QUEUE_MAX:
            self.number += 1
            heapq.heappush(self.queue, (time.monotonic() + self.delay[sender], self.number, self.other[fd], packet))

    def read_all(self, fd):
        while True:
            try:
                self.accept(fd, os.read(fd, 65536))
            except BlockingIOError:
                return
            except OSError:
                return  # The interface is still down.

    def run(self):
        commands = b""
        inputs = [*self.names, 0]
        while True:
            wait = max(0, self.queue[0][0] - time.monotonic()) if self.queue else None
            ready = select.select(inputs, [], [], wait)[0]
            for fd in ready:
                if fd != 0:
                    self.read_all(fd)
                    continue
                data = os.read(0, 65536)
                if not data:
                    if not self.stays:
                        return
                    inputs.remove(0)
                *lines, commands = (commands + data).split(b"\n")
                for line in lines:
                    try:
                        self.obey(line.decode())
                        say("ok")
                    except (ValueError, IndexError, KeyError, TypeError) as error:
                        say("error %r in %r" % (error, line.decode()))
            now = time.monotonic()
            while self.queue and self.queue[0][0] <= now:
                _, _, fd, packet = heapq.heappop(self.queue)
                self.write(fd, packet)


def say(text):
    try:
        os.write(1, text.encode() + b"\n")
    except OSError:
        pass  # Whoever started us has gone, and told us to stay.


if __name__ == "__main__":
    relay = Relay(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    say("up")
    relay.run()
