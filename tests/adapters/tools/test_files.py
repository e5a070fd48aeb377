"""Files under a root, and nothing beside it."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from harness.adapters.tools.files import make_tools
from harness.adapters.tools.paths import Root
from harness.domain.errors import InputError, ToolError
from harness.ports.tool import RunContext, Tool
from harness.testing.contracts.tool import ToolContract
from tests.adapters.tools.support import call, context

SECRET = "the secret beside the root"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "root-beside").mkdir()
    (tmp_path / "root-beside" / "secret.txt").write_text(SECRET)
    root = tmp_path / "root"
    (root / "docs" / "deep").mkdir(parents=True)
    (root / "notes.txt").write_text("first line\nsecond line: äöü\n")
    (root / "docs" / "deep" / "a b.txt").write_text("deep")
    (root / "100%.txt").write_text("percent")
    (root / "..hidden").write_text("hidden")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "out-relative.txt").symlink_to("../secret.txt")
    (root / "out-folder").symlink_to(tmp_path)
    (root / "beside").symlink_to(tmp_path / "root-beside")
    (root / "in.txt").symlink_to("notes.txt")
    (root / "in-folder").symlink_to("docs/deep")
    (root / "loop").symlink_to("loop")
    (root / "chain").symlink_to("chain2")
    (root / "chain2").symlink_to("out-folder/secret.txt")
    (root / "proc").symlink_to("/proc/self/environ")
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def tools(root: Path) -> dict[str, Tool]:
    return {tool.spec.name: tool for tool in make_tools(root)}


class TestReadFile(ToolContract):
    @pytest.fixture
    def tool(self, tools: dict[str, Tool]) -> Tool:
        return tools["read_file"]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"path": "notes.txt"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"path": "../secret.txt"}

    @pytest.fixture
    def context(self) -> RunContext:
        return context()


class TestListFiles(TestReadFile):
    @pytest.fixture
    def tool(self, tools: dict[str, Tool]) -> Tool:
        return tools["list_files"]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"path": "docs"}


class TestFileInfo(TestReadFile):
    @pytest.fixture
    def tool(self, tools: dict[str, Tool]) -> Tool:
        return tools["file_info"]


async def test_what_is_there_is_read(tools: dict[str, Tool], root: Path) -> None:
    assert await call(tools["read_file"], path="notes.txt") == "first line\nsecond line: äöü\n"
    assert await call(tools["read_file"], path="./docs//deep/a b.txt") == "deep"
    assert await call(tools["read_file"], path="100%.txt") == "percent"
    assert await call(tools["read_file"], path="..hidden") == "hidden"
    listing = await call(tools["list_files"])
    names = {entry["name"]: entry for entry in listing["entries"]}
    assert names["notes.txt"] == {"name": "notes.txt", "kind": "file", "size": 31}
    assert names["docs"] == {"name": "docs", "kind": "folder"}
    assert names["pipe"]["kind"] == "pipe"
    assert names["out.txt"]["kind"] == "link"
    info = await call(tools["file_info"], path="notes.txt")
    os.utime(root / "notes.txt", (0, 0))
    assert (info["kind"], info["size"]) == ("file", 31)
    assert (await call(tools["file_info"], path="notes.txt"))["changed"] == "1970-01-01T00:00:00+00:00"
    assert (await call(tools["file_info"], path="."))["kind"] == "folder"


async def test_links_that_stay_inside_are_followed(tools: dict[str, Tool]) -> None:
    assert (await call(tools["read_file"], path="in.txt")).startswith("first line")
    assert await call(tools["read_file"], path="in-folder/a b.txt") == "deep"
    assert [each["name"] for each in (await call(tools["list_files"], path="in-folder"))["entries"]] == ["a b.txt"]


TRAVERSALS = [
    "..",
    "../",
    "../secret.txt",
    "./../secret.txt",
    "docs/../../secret.txt",
    "docs/../notes.txt",
    "docs/deep/../../../secret.txt",
    "../root/notes.txt",
    "../root-beside/secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "/",
    "~/.ssh/id_rsa",
    "~root",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "c:secret.txt",
    "\\\\server\\share",
    "..\\secret.txt",
    "docs\\..\\..\\secret.txt",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "http://localhost/secret.txt",
    "notes.txt\0",
    "notes.txt\0.png",
    "\0",
    "notes.txt%00",
    "notes.txt%2500",
    "%2e%2e/secret.txt",
    "%2E%2E%2Fsecret.txt",
    "..%2fsecret.txt",
    "%2e%2e%5csecret.txt",
    "..%5csecret.txt",
    "%252e%252e%252fsecret.txt",
    "%25252e%25252e/secret.txt",
    "%" + "25" * 30 + "2e%2e/secret.txt",
    "%2fetc%2fpasswd",
    "..%c0%afsecret.txt",
    "%c0%ae%c0%ae/secret.txt",
    "%e0%80%ae%e0%80%ae/secret.txt",
    "%f0%80%80%ae/secret.txt",
    "..%u2215secret.txt",
    "%u002e%u002e/secret.txt",
    "%uff0e%uff0e%uff0fsecret.txt",
    "..\u00c0\u00afsecret.txt",
    "\uff0e\uff0e/secret.txt",
    "\uff0e\uff0e\uff0fsecret.txt",
    "\u2024\u2024/secret.txt",
    "\u2025/secret.txt",
    "..\u2215secret.txt",
    "..\u2044secret.txt",
    "..\uff3csecret.txt",
    "...",
    ".../secret.txt",
    "..../secret.txt",
    ".. /secret.txt",
    " ../secret.txt",
    "..;/secret.txt",
    "..\t/secret.txt",
    "..\n/secret.txt",
    "..\u200b/secret.txt",
    ".\u200b./secret.txt",
    "\u202e../secret.txt",
    "\ud800../secret.txt",
    "",
    "   ",
    "a/" * 3_000,
    "x" * 300,
]
LINKS_OUT = [
    "out.txt",
    "out-relative.txt",
    "out-folder",
    "out-folder/secret.txt",
    "beside/secret.txt",
    "chain",
    "proc",
]


@pytest.mark.parametrize("path", TRAVERSALS + LINKS_OUT)
async def test_nothing_leads_out(tools: dict[str, Tool], path: str) -> None:
    for tool in tools.values():
        with pytest.raises(ToolError) as caught:
            await call(tool, path=path)
        message = str(caught.value)
        assert SECRET not in message
        assert len(message) < 300
        message.encode()


@pytest.mark.parametrize(
    "path", ["pipe", "loop", "socket", "docs", "nothing.txt", "notes.txt/x", "out-folder/../root/notes.txt"]
)
async def test_only_regular_files_are_read(tools: dict[str, Tool], root: Path, path: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(root)  # the name of a socket may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(ToolError):
            await call(tools["read_file"], path=path)


async def test_devices_are_not_opened() -> None:
    tools = {tool.spec.name: tool for tool in make_tools("/dev")}
    with pytest.raises(ToolError, match="is a device"):
        await call(tools["read_file"], path="zero")
    assert (await call(tools["file_info"], path="zero"))["kind"] == "device"


async def test_a_link_put_in_place_after_the_check_is_not_followed(root: Path, monkeypatch: Any) -> None:
    """What an attacker does between check and use: the name was a file when it was resolved, and is a link now."""
    place = Root(root)
    for planted, target in (("notes.txt", "../secret.txt"), ("docs", "..")):
        monkeypatch.setattr(place, "components", lambda path: path.split("/"))
        (root / planted).rename(root / f"{planted}.was")
        (root / planted).symlink_to(target)
    for path in ("notes.txt", "docs/secret.txt", "docs/root/notes.txt.was"):
        with pytest.raises(ToolError), place.open(path):
            pytest.fail("the link was followed")


async def test_long_files_are_cut_with_a_note_between_characters(root: Path) -> None:
    text = "ä€😀x" * 1_000
    (root / "long.txt").write_text(text)
    read_file = {tool.spec.name: tool for tool in make_tools(root, max_bytes=1_000)}["read_file"]
    got, offset = "", 0
    while True:
        piece = await call(read_file, path="long.txt", offset=offset)
        body, cut, note = piece.partition("\n[cut: ")
        got += body
        if not cut:
            break
        assert f"of {len(text.encode())}" in note
        offset = int(note.rpartition("offset=")[2].rstrip("]"))
    assert got == text
    with pytest.raises(ToolError, match="ends at byte"):
        await call(read_file, path="long.txt", offset=10**9)
    with pytest.raises(ToolError, match="greater than or equal to 0"):
        await call(read_file, path="long.txt", offset=-1)


async def test_binary_files_are_named_and_not_shown(tools: dict[str, Tool], root: Path) -> None:
    (root / "data.bin").write_bytes(b"\x7fELF\0\0\1")
    with pytest.raises(ToolError, match="binary file of 7 bytes"):
        await call(tools["read_file"], path="data.bin")
    (root / "latin.txt").write_bytes(b"caf\xe9")
    assert await call(tools["read_file"], path="latin.txt") == "caf\ufffd"


async def test_long_folders_are_cut_and_odd_names_are_shown(root: Path, tools: dict[str, Tool]) -> None:
    (root / "many").mkdir()
    for i in range(1_005):
        (root / "many" / f"{i:04}").touch()
    listing = await call(tools["list_files"], path="many")
    assert len(listing["entries"]) == 1_000
    assert listing["note"] == "the first 1000 of 1005 entries"
    os.close(os.open(os.fsencode(root / "docs") + b"/caf\xe9", os.O_CREAT))
    assert {"name": "caf\ufffd", "kind": "file", "size": 0} in (await call(tools["list_files"], path="docs"))["entries"]


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_no_descriptor_is_left_open(tools: dict[str, Tool]) -> None:
    before = _descriptors()
    for path in ("notes.txt", "docs", "pipe", "nothing", "docs/deep/nothing", "../x", "out.txt"):
        for tool in tools.values():
            try:
                await call(tool, path=path)
            except ToolError:
                continue
    assert _descriptors() == before


def test_the_root_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wrong in ("nowhere", "file"):
        with pytest.raises(InputError, match="is no folder"):
            make_tools(tmp_path / wrong)
