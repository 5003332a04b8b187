#!/usr/bin/env python3
"""Many browsers, as far as the server can tell: each follows a job over gRPC-Web on its own connection.

    browsers.py HOST:PORT JOB COUNT START_INDEX SECONDS

Prints `ready` once all have a message, then one line of JSON: how old snapshots were when they were
received, in seconds, and how many there were. Ages count from when the trainer took the snapshot, by
the clock of the machine, which both ends share.
"""

import json
import select
import socket
import sys
import time


def varint(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def field(number, content):
    """A length-delimited field, or a number's."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def subscription(job, start_index):
    """SubscribeRequest with one SnapshotsTopic, framed, as an HTTP request."""
    snapshots = field(1, job.encode()) + field(2, start_index)
    message = field(1, field(1, b"t") + field(3, snapshots))
    body = b"\0" + len(message).to_bytes(4, "big") + message
    head = ("POST /percept.v1.SubscriptionService/Subscribe HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/grpc-web+proto\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def fields(data):
    """Number and content of each field: bytes, or an int."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            yield key >> 3, number()
            continue
        length = {1: 8, 5: 4}.get(kind) or number()
        yield key >> 3, data[at:at + length]
        at += length


def snapshot_times(message):
    """When each snapshot of a SubscribeResponse was taken, in seconds."""
    for number, watched in fields(message):
        if number != 5:
            continue
        for inner, snapshot in fields(watched):
            if inner != 1:
                continue
            for part, content in fields(snapshot):
                if part == 7:
                    moment = dict(fields(content))
                    yield moment.get(1, 0) + moment.get(2, 0) / 1e9


class Stream:
    """What one browser receives: a chunked response of gRPC-Web frames, one to a chunk."""

    def __init__(self):
        self._pending = b""
        self._has_head = False

    def messages(self, data):
        """Those that are complete once `data` has come."""
        self._pending += data
        if not self._has_head:
            end = self._pending.find(b"\r\n\r\n")
            if end < 0:
                return
            self._has_head = True
            self._pending = self._pending[end + 4:]
        while (line := self._pending.find(b"\r\n")) >= 0:
            end = line + 2 + int(self._pending[:line], 16)
            if len(self._pending) < end + 2:
                return
            frame = self._pending[line + 2:end]
            self._pending = self._pending[end + 2:]
            if frame and frame[0] == 0:
                yield frame[5:]


class Crowd:
    """Connected browsers, which put down what they receive and when, and read it afterwards."""

    def __init__(self, address, request, count):
        host, port = address.rsplit(":", 1)
        self._sockets = [socket.create_connection((host, int(port))) for _ in range(count)]
        self._streams = {each.fileno(): (each, Stream()) for each in self._sockets}
        self._received = []
        self._poll = select.epoll()
        for each in self._sockets:
            each.sendall(request)
            each.setblocking(False)
            self._poll.register(each, select.EPOLLIN)

    def receive(self, seconds):
        """Takes what comes in the next `seconds`; when it came, from which browser, and its bytes."""
        received = []
        end = time.time() + seconds
        while (now := time.time()) < end:
            for file, _ in self._poll.poll(end - now):
                data = self._streams[file][0].recv(16 << 10)
                received.append((time.time(), file, data))
                if not data:
                    sys.exit("a browser was sent away")
        return received

    def messages(self, received):
        """When each message came, from which browser, and its bytes."""
        for moment, file, data in received:
            for message in self._streams[file][1].messages(data):
                yield moment, file, message

    def await_everybody(self, seconds):
        missing, end = set(self._streams), time.time() + seconds
        while missing:
            missing -= {file for _, file, _ in self.messages(self.receive(0.1))}
            if time.time() > end:
                sys.exit(f"{len(missing)} browsers received nothing")


def main():
    address, job, count, start_index, seconds = sys.argv[1:]
    crowd = Crowd(address, subscription(job, int(start_index)), int(count))
    crowd.await_everybody(60)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        list(crowd.messages(crowd.receive(0.1)))
    sys.stdin.readline()
    received = crowd.receive(float(seconds))
    ages = sorted(moment - taken for moment, _, message in crowd.messages(received)
                  for taken in snapshot_times(message))
    if not ages:
        sys.exit("no snapshot came")
    print(json.dumps({"p50": ages[len(ages) // 2], "p99": ages[len(ages) * 99 // 100],
                      "most": ages[-1], "snapshots": len(ages)}), flush=True)


main()
