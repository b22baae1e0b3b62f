"""The private cluster survives crashes, has one owner, and never outlives its owner."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from api.local import processes
from api.local.cluster import Cluster, Profile
from api.local.errors import ClusterBusyError, SetupError
from api.local.postgis import Binaries, find_binaries
from tests.support.machine import LOCAL, PATIENCE_S, ROOT, skip_for_machine
from tests.support.station import list_children

MakeCluster = Callable[..., Cluster]

_OWNER = """
import sys, time
from pathlib import Path
from api.local.cluster import Cluster
from api.local.postgis import find_binaries
cluster = Cluster(folder=Path(sys.argv[1]), binaries=find_binaries(local=Path(sys.argv[2])),
                  profile="durable")
cluster.start()
print(cluster.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """PostGIS of this machine, or of the private tree."""
    found = find_binaries(local=LOCAL)
    if found is None:
        skip_for_machine("no PostGIS on this machine; `make run` installs it")
    return found


@pytest.fixture
def make_cluster(tmp_path: Path, binaries: Binaries) -> Iterator[MakeCluster]:
    """Give clusters in one temporary folder, all stopped afterwards."""
    made: list[Cluster] = []

    def make(profile: Profile = "throwaway", folder: Path = tmp_path / "cluster") -> Cluster:
        cluster = Cluster(folder=folder, binaries=binaries, profile=profile)
        made.append(cluster)
        return cluster

    yield make
    for cluster in made:
        cluster.stop()


def ask(cluster: Cluster, query: str) -> object:
    """Run one statement and return its first value."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        found = connection.execute(query)
        row = found.fetchone() if found.description else None
    return row[0] if row else None


def await_end(pid: int) -> None:
    """Wait until a process that is not our child has gone."""
    handle = os.pidfd_open(pid)
    try:
        assert select.select([handle], [], [], PATIENCE_S)[0], f"{pid} still runs"
    finally:
        os.close(handle)


def test_durable_cluster_trades_no_safety(make_cluster: MakeCluster) -> None:
    """A city's database waits for the disk, whatever speed it costs."""
    cluster = make_cluster("durable")
    cluster.start()
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert ask(cluster, f"SHOW {name}") == "on"


def test_cluster_listens_on_loopback_only(make_cluster: MakeCluster) -> None:
    """No other machine and no Unix socket leads in, and without the password nobody does."""
    cluster = make_cluster()
    cluster.start()
    assert ask(cluster, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(cluster, "SHOW unix_socket_directories") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://esik@127.0.0.1:{cluster.port}/postgres")


def test_data_survives_a_killed_server(make_cluster: MakeCluster) -> None:
    """After SIGKILL the next start recovers what was committed."""
    cluster = make_cluster("durable")
    cluster.start()
    ask(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    assert cluster._server
    cluster._server.kill()
    cluster._server.wait(PATIENCE_S)
    assert cluster.has_ended()
    cluster.restart()
    assert ask(cluster, "SELECT n FROM kept") == 7


def test_children_that_outlive_a_killed_server_are_waited_for(make_cluster: MakeCluster) -> None:
    """They hold its memory for a moment; the port that clients know stays the same."""
    cluster = make_cluster("durable")
    cluster.start()
    assert cluster._server
    child, port = min(list_children(cluster._server.pid)), cluster.port
    os.kill(child, signal.SIGSTOP)
    cluster._server.kill()
    cluster._server.wait(PATIENCE_S)
    waking = threading.Timer(1.0, os.kill, (child, signal.SIGCONT))
    waking.start()
    cluster.restart()
    waking.join()
    assert cluster.port == port
    assert ask(cluster, "SELECT 1") == 1


def test_stale_pid_file_of_a_reused_pid_does_not_block(make_cluster: MakeCluster) -> None:
    """After a power cut another process may have the old number: it is not our server."""
    cluster = make_cluster()
    cluster.start()
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    cluster.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    cluster.start()
    assert ask(cluster, "SELECT 1") == 1


def test_second_owner_is_told_who_is_first(make_cluster: MakeCluster) -> None:
    """Two `esik up` on one folder would fight: the second one stops with a clear message."""
    first, second = make_cluster(), make_cluster()
    first.start()
    with pytest.raises(ClusterBusyError, match=str(os.getpid())):
        second.start()
    assert ask(first, "SELECT 1") == 1


def test_killed_owner_leaves_no_server_and_the_next_one_starts(
    make_cluster: MakeCluster, tmp_path: Path
) -> None:
    """The kernel ends PostgreSQL with its owner, also when root changed the user for it."""
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(tmp_path / "cluster"), str(LOCAL)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout
        server = int(owner.stdout.readline())
        owner.kill()
    with suppress(ProcessLookupError):  # it may have gone already
        await_end(server)
    assert not processes.is_alive(server)
    cluster = make_cluster("durable")
    cluster.start()
    assert ask(cluster, "SELECT 1") == 1


def test_taken_port_is_left_alone(make_cluster: MakeCluster) -> None:
    """A remembered port that someone else took is theirs now: we move."""
    cluster = make_cluster()
    cluster.start()
    before = cluster.port
    cluster.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", before))
        other.listen()
        cluster.start()
        assert cluster.port != before
        assert ask(cluster, "SELECT 1") == 1


def test_cluster_works_deep_under_a_private_folder(
    make_cluster: MakeCluster, tmp_path: Path
) -> None:
    """Neither a 0700 parent nor a path too long for a Unix socket keeps it from starting."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    cluster = make_cluster(folder=private / ("deep" * 30) / "пәтер" / "cluster")
    cluster.start()
    assert ask(cluster, "SELECT 1") == 1


def test_data_of_another_major_version_is_refused(make_cluster: MakeCluster) -> None:
    """PostgreSQL cannot read another version's files: say which one is needed."""
    cluster = make_cluster()
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("11\n")
    with pytest.raises(SetupError, match="PostgreSQL 11"):
        cluster.start()


def test_throwaway_keeper_ends_with_the_process_it_watches(tmp_path: Path) -> None:
    """A test run that is killed leaves no server and no files."""
    watched = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "api.local.cluster", str(folder), "--local", str(LOCAL)]
    keeper = subprocess.Popen(
        [*command, "--until", str(watched.pid)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    with watched, keeper:
        assert keeper.stderr
        assert any("s database cluster" in line for line in keeper.stderr)
        watched.kill()
        assert keeper.wait(PATIENCE_S) == 0
    assert not folder.exists()
