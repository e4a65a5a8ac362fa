"""Starts one server for the time of a measurement."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracking.endpoint.answers import GIF

_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 10000000; default_type image/gif;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ root {folder}; try_files /open.gif =404; }} }} }}
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def granian(application: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """One process of granian with an RSGI application."""
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), application]
    with _running(command, port) as process:
        yield process


@contextmanager
def nginx(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """nginx with a file of the picture; only where `nginx_program` finds it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        Path(folder, "open.gif").write_bytes(GIF)
        file = Path(folder, "nginx.conf")
        file.write_text(_NGINX.format(folder=folder, port=port))
        program = str(nginx_program())
        # Its own default place for errors before the file is read may not exist.
        command = [program, "-p", folder, "-e", "stderr", "-c", str(file)]
        with _running(command, port) as process:
            yield process


def nginx_program() -> str | None:
    """The better reference, where it is installed or told by NGINX."""
    return shutil.which(os.environ.get("NGINX") or "nginx")


def family(pid: int) -> list[int]:
    """A process and its children, where the system tells."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split())] if children.exists() else []


@contextmanager
def _running(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ.copy()
    )
    try:
        _wait(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")
