"""A real libSQL server for tests, started on free ports of the loopback and ended by its id."""

import asyncio
import contextlib
import socket
import subprocess
from pathlib import Path

import pytest

BINARY = Path(__file__).parents[3] / ".cache" / "sqld" / "sqld"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Sqld:
    """A server on a folder, which can be killed and started again at the same address."""

    def __init__(self, folder: Path, *args: str) -> None:
        if not BINARY.exists():
            pytest.fail("sqld is not there: run scripts/get-sqld")
        self.folder = folder
        self.http = f"127.0.0.1:{free_port()}"
        self.websocket = f"127.0.0.1:{free_port()}"
        self._args = args
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False

    async def start(self) -> None:
        """Starts the server and waits until both ports answer.

        A port that was free may be taken by the time the server asks for it; on its first start it then gets others.
        """
        for _ in range(1 if self._started else 5):
            if await self._try_to_start():
                self._started = True
                return
            self.http, self.websocket = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        pytest.fail(f"sqld ended: {(self.folder.parent / 'sqld.log').read_text()[-2000:]}")

    async def _try_to_start(self) -> bool:
        listen = ["--http-listen-addr", self.http, "--hrana-listen-addr", self.websocket, "--no-welcome"]
        with (self.folder.parent / "sqld.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(BINARY), "-d", str(self.folder), *listen, *self._args], stdout=log, stderr=log
            )
        async with asyncio.timeout(60):
            for address in (self.http, self.websocket):
                while not await self._answers(address):
                    if self._process.poll() is not None:
                        return False
                    await asyncio.sleep(0.02)
        return self._process.poll() is None

    def kill(self) -> None:
        """Ends the server as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @staticmethod
    async def _answers(address: str) -> bool:
        host, port = address.split(":")
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True
