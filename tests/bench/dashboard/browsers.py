#!/usr/bin/env python3
"""Many browsers, as far as the server can tell: each follows a job over gRPC-Web on its own connection.

    browsers.py HOST:PORT JOB COUNT START_INDEX SECONDS

Prints `ready` once all have a message, then one line of JSON: how old snapshots were when they were
received, in seconds, and how many there were. Ages count from when the trainer took the snapshot, by
the clock of the machine, which both ends share.
"""

import asyncio
import json
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


class Browser(asyncio.Protocol):
    def __init__(self, request, crowd):
        self._request = request
        self._crowd = crowd
        self._pending = b""
        self._has_head = False

    def connection_made(self, transport):
        transport.write(self._request)

    def data_received(self, data):
        now = time.time()
        self._pending += data
        if not self._has_head:
            end = self._pending.find(b"\r\n\r\n")
            if end < 0:
                return
            self._has_head = True
            self._pending = self._pending[end + 4:]
        while (line := self._pending.find(b"\r\n")) >= 0:
            size = int(self._pending[:line], 16)
            end = line + 2 + size
            if len(self._pending) < end + 2:
                return
            frame = self._pending[line + 2:end]
            self._pending = self._pending[end + 2:]
            if frame and frame[0] == 0:
                self._crowd.heard(self, [now - taken for taken in snapshot_times(frame[5:])])

    def connection_lost(self, error):
        self._crowd.lost += 1


class Crowd:
    def __init__(self, count):
        self.count = count
        self.lost = 0
        self.measures = False
        self.ages = []
        self.everybody = asyncio.Event()
        self._here = set()

    def heard(self, browser, ages):
        if self.measures:
            self.ages += ages
        elif browser not in self._here:
            self._here.add(browser)
            if len(self._here) == self.count:
                self.everybody.set()


async def main():
    address, job, count, start_index, seconds = sys.argv[1:]
    host, port = address.rsplit(":", 1)
    crowd = Crowd(int(count))
    request = subscription(job, int(start_index))
    loop = asyncio.get_running_loop()
    for _ in range(crowd.count):
        await loop.create_connection(lambda: Browser(request, crowd), host, int(port))
    await asyncio.wait_for(crowd.everybody.wait(), 60)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    crowd.measures = True
    await asyncio.sleep(float(seconds))
    ages = sorted(crowd.ages)
    if not ages or crowd.lost:
        sys.exit(f"{crowd.lost} of {count} were sent away, and {len(ages)} snapshots came")
    print(json.dumps({"p50": ages[len(ages) // 2], "p99": ages[len(ages) * 99 // 100],
                      "most": ages[-1], "snapshots": len(ages)}), flush=True)


asyncio.run(main())
