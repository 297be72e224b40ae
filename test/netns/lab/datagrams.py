"""Sends small UDP packets from and to the same port, between many pairs of addresses: PORT ROUNDS SOURCE DESTINATION ..."""

import socket
import sys
import time

port, rounds = int(sys.argv[1]), int(sys.argv[2])
pairs = list(zip(sys.argv[3::2], sys.argv[4::2]))
sockets = []
for source, destination in pairs:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((source, port))
    sockets.append((one, (destination, port)))
for _ in range(rounds):
    for one, destination in sockets:
        one.sendto(b"packet", destination)
        time.sleep(0.002)
    time.sleep(0.5)
