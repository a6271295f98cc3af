"""Files of a store that somebody else cuts short, replaces, removes or links elsewhere while it is open or before."""

import os
import shutil
import subprocess
import sys
import threading

import numpy
import pytest

import likeness
from likeness import Index, Store


@pytest.fixture
def path(tmp_path, vectors):
    folder = tmp_path / "s.store"
    with Store(folder) as store:
        store.upsert("c", numpy.arange(1000), vectors)
        store.build_index("c", kind="hnsw")
    return folder


def use(store, vectors):
    """What readers do; right, or an error of ours."""
    assert store.count("c") >= 1000
    assert store.search("c", vectors[5], k=1)[0].tolist() == [5]
    assert store.search("c", vectors[6], k=1, exact=True)[0].tolist() == [6]


def replaced(path, _):
    shutil.copy(path / "data.mdb", path / "new")
    os.rename(path / "new", path / "data.mdb")


def removed(path, _):
    (path / "data.mdb").unlink()


@pytest.mark.parametrize("change", [replaced, removed])
def test_nothing_is_acknowledged_that_is_lost(change, path, vectors):
    with Store(path) as store:
        store.upsert("c", [1000], vectors[:1])
        change(path, vectors)
        for write in (lambda: store.upsert("c", [1001], vectors[:1]), lambda: store.build_index("c", kind="flat")):
            with pytest.raises(likeness.BusyError, match=r"replaced or removed"):
                write()


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("name", ["data.mdb", "lock.mdb"])
@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_file_that_is_cut_short_is_an_error(share, name, writable, path, vectors):
    """In a process of its own, which a signal would end."""
    program = f"""if True:
        import os
        import likeness, numpy

        vectors = numpy.load({str(path.parent / "vectors.npy")!r})
        store = likeness.Store({str(path)!r}, writable={writable})
        store.search("c", vectors[5], exact=True)
        os.truncate({str(path / name)!r}, int({share} * os.stat({str(path / name)!r}).st_size))
        try:
            if {writable}:
                store.upsert("c", [1], vectors[:1])
            assert store.search("c", vectors[5], k=1, exact=True)[0].tolist() == [5]
            raise SystemExit(3)
        except likeness.Error as error:
            assert str(error).endswith("."), error
        store.close()"""
    numpy.save(path.parent / "vectors.npy", vectors)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (done.returncode, done.stderr)


def test_another_store_in_its_place_is_not_answered_from(tmp_path, path, vectors):
    with Store(tmp_path / "other.store") as other:
        other.upsert("c", numpy.arange(1000) + 50_000, vectors)
    with Store(path, writable=False) as store:
        use(store, vectors)
        # Longer than the first one, so that the file does not get shorter.
        with open(path / "data.mdb", "r+b") as file:
            file.write((tmp_path / "other.store" / "data.mdb").read_bytes())
        with pytest.raises(likeness.Error):
            store.search("c", vectors[5], k=1, exact=True)


def test_a_relative_path_stays_where_it_was(tmp_path, path, vectors, monkeypatch):
    shutil.copytree(path, tmp_path / "elsewhere" / "s.store")
    monkeypatch.chdir(tmp_path)
    with Store("s.store") as store:
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.upsert("c", [1000], vectors[:1] + 9)
        store.build_index("c", kind="flat")
        use(store, vectors)
    with Store(path, writable=False) as mine, Store("s.store", writable=False) as other:
        assert (mine.count("c"), other.count("c")) == (1001, 1000)


@pytest.mark.parametrize("name", ["data.mdb", "lock.mdb", "writer.lock", "indexes"])
@pytest.mark.parametrize("writable", [False, True])
def test_links_in_the_place_of_its_files_are_refused(writable, name, tmp_path, path):
    if (path / name).is_dir():
        shutil.rmtree(path / name)
    else:
        (path / name).unlink(missing_ok=True)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (path / name).symlink_to(victim)
    with pytest.raises(likeness.Error, match="is a link"):
        Store(path, writable=writable)
    assert victim.read_text() == "mine"


def test_a_pipe_in_its_place_is_not_waited_for(path):
    (path / "data.mdb").unlink()
    os.mkfifo(path / "data.mdb")
    program = f"import likeness; likeness.Store({str(path)!r}, writable=False)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert "is no file" in done.stderr


def test_outputs_do_not_write_over_a_store_without_its_locks(tmp_path, path, vectors):
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(path / "data.mdb", copy)
    with pytest.raises(likeness.Error, match="lies in the store"):
        Index.build(vectors[:50], kind="flat").save(copy / "data.mdb")
    with Store(copy, writable=False) as store:
        assert store.count("c") == 1000


def test_reads_beside_a_growing_writer_are_not_called_damaged(path, vectors):
    faults = []
    with Store(path) as store:
        is_over = threading.Event()

        def read():
            try:
                while not is_over.is_set():
                    store.count("c")
            except likeness.Error as error:
                faults.append(error)

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for start in range(1000, 21_000, 1000):
            store.upsert("c", numpy.arange(start, start + 1000), vectors)
        is_over.set()
        for reader in readers:
            reader.join()
    assert not faults
