"""What is checked before anything is started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.serving import checks


def test_a_free_port_passes() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    checks.check_port("127.0.0.1", port)


def test_a_taken_port_is_refused_with_another_one_proposed() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(checks.CannotStart, match=f"taken.*PORT={port + 1}"):
            checks.check_port("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 8000), ("127.0.0.1", 99_999)])
def test_an_address_that_is_not_ours_is_refused(host: str, port: int) -> None:
    with pytest.raises(checks.CannotStart, match="Correct HOST or PORT"):
        checks.check_port(host, port)


def test_a_long_data_dir_is_refused_as_it_has_no_room_for_a_socket() -> None:
    checks.check_socket_path(Path("/var/lib/assay/valkey.sock"))

    with pytest.raises(checks.CannotStart, match="17 bytes too long"):
        checks.check_socket_path(Path("/" + "x" * 119))


def test_a_full_disk_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checks.check_disk(tmp_path)

    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))

    with pytest.raises(checks.CannotStart, match="Only 5 MB are free"):
        checks.check_disk(tmp_path)


def test_a_second_copy_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    first = checks.lock(tmp_path, "http://127.0.0.1:8000")

    with pytest.raises(checks.CannotStart, match=f"process {os.getpid()}, http://127.0.0.1:8000"):
        checks.lock(tmp_path, "http://127.0.0.1:8001")

    first.close()
    checks.lock(tmp_path, "http://127.0.0.1:8001").close()


def test_a_folder_whose_copy_was_killed_is_free_again(tmp_path: Path) -> None:
    code = "import sys, os; from console.serving import checks; from pathlib import Path;"
    code += "file = checks.lock(Path(sys.argv[1]), 'x'); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)

    checks.lock(tmp_path, "http://127.0.0.1:8001").close()

    assert (tmp_path / checks.LOCK_FILE).read_text().startswith(f"process {os.getpid()}")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("PORT", "many", "PORT: invalid literal"), ("DATA_DIR", "/proc/none", "cannot be made")],
)
def test_a_wrong_setting_is_named_without_a_traceback(name: str, value: str, message: str) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "console.settings", name: value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert message in run.stderr
    assert "Traceback" not in run.stderr
