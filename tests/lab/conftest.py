"""A scripted SMTP server on loopback: it answers each recipient as told, and keeps the bounces sent to it."""

from __future__ import annotations

import queue
import re
import socketserver
import threading
from collections.abc import Iterator

import pytest

_ADDRESS = re.compile(rb"<([^<>]*)>")


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Answers RCPT by ``replies`` (address to reply lines), accepts the rest and keeps mail sent from nobody."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.replies: dict[str, list[str]] = {}
        self.bounces: queue.Queue[bytes] = queue.Queue()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: ScriptedServer

    def handle(self) -> None:
        self._say("220 scripted.example ESMTP")
        sender = b""
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"QUIT":
                self._say("221 2.0.0 Bye")
                return
            if command == b"EHLO":
                self._say("250-scripted.example", "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250 PIPELINING")
            elif command == b"RCPT":
                match = _ADDRESS.search(line)
                address = match.group(1).decode() if match else ""
                self._say(*self.server.replies.get(address, ["250 2.1.5 Ok"]))
            elif command == b"DATA":
                self._take(sender)
            else:
                if command == b"MAIL":
                    match = _ADDRESS.search(line)
                    sender = match.group(1) if match else b""
                self._say("250 2.0.0 Ok")

    def _take(self, sender: bytes) -> None:
        self._say("354 Go ahead")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        if not sender:
            self.server.bounces.put(b"Return-Path: <>\r\n" + b"".join(lines))
        self._say("250 2.0.0 Ok: queued")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@pytest.fixture(scope="module")
def scripted_server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
