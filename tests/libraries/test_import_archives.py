"""ZIPs as they should be, and ZIPs that are made to do harm."""

import io
import stat
import struct
import zipfile
import zlib

import pytest

from libraries import archives
from libraries.archives import ArchiveRefused, Entry, EntryRefused, list_entries, read_entry
from libraries.import_models import Reason
from tests.libraries.imports import zip_of

MAX_BYTES = 4 << 20
PLENTY = 1 << 40


def listed(content, max_unpacked_bytes=PLENTY):
    return list_entries(io.BytesIO(content), max_unpacked_bytes)


def reasons(content):
    return {entry.name: entry.reason for entry in listed(content).entries}


def read(content, number=0):
    entry = Entry.from_json(listed(content).entries[number].to_json())
    return read_entry(io.BytesIO(content), entry, MAX_BYTES)


def refusal_of(content):
    with pytest.raises((ArchiveRefused, EntryRefused)) as refused:
        read(content)
    return refused.value.reason


def overlapping(count, packed):
    """A ZIP in which each file holds the next one's header in a stored block of its own.

    So the last file's data is unpacked for each of them.

    Source: Fifield, "A better zip bomb", 2019.
    """
    names = [b"%05d" % number for number in range(count)]
    tails = [packed]
    for name in reversed(names[1:]):
        header = local_header(name, tails[0])
        quoted = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header
        tails.insert(0, quoted + tails[0])
    start, offset, directory = local_header(names[0], tails[0]), 0, b""
    content = start + tails[0]
    for name, tail in zip(names, tails, strict=True):
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, 0, len(tail), len(tail),
            len(name), 0, 0, 0, 0, 0, offset,
        ) + name  # fmt: skip
        offset += len(start) + 5
    end = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(content), 0
    )
    return content + directory + end


def local_header(name, tail):
    size = len(tail)
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, 0, size, size, 5, 0) + name


class TestListing:
    def test_files_are_listed_and_read_without_the_directory(self):
        content = zip_of(("a.jpg", b"first" * 100), ("folder/b.jpg", b"second"))

        assert [entry.name for entry in listed(content).entries] == ["a.jpg", "folder/b.jpg"]
        assert read(content) == b"first" * 100
        assert read(content, 1) == b"second"

    def test_a_stored_file_is_read_too(self):
        assert read(zip_of(("a.jpg", b"plain"), method=zipfile.ZIP_STORED)) == b"plain"

    def test_what_systems_add_is_skipped_and_counted(self):
        content = zip_of(
            ("a/", b""),
            ("a/.DS_Store", b"x"),
            ("__MACOSX/a/._b.jpg", b"x"),
            ("a/Thumbs.db", b"x"),
            ("a/b.jpg", b"x"),
        )

        listing = listed(content)

        assert [entry.name for entry in listing.entries] == ["a/b.jpg"]
        assert listing.skipped_count == 4

    @pytest.mark.parametrize(
        "name",
        [
            "/etc/passwd",
            "../up.jpg",
            "a/../../up.jpg",
            "C:\\a.jpg",
            "..\\up.jpg",
            "\\\\host\\a.jpg",
        ],
    )
    def test_paths_that_climb_out_are_refused(self, name):
        assert set(reasons(zip_of((name, b"x"))).values()) == {Reason.UNSAFE_PATH}

    def test_dots_in_a_name_are_no_climbing(self):
        assert reasons(zip_of(("a..b/c...jpg", b"x"))) == {"a..b/c...jpg": ""}

    def test_a_symbolic_link_is_refused(self):
        link = zipfile.ZipInfo("link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16

        assert reasons(zip_of((link, b"/etc/passwd"))) == {"link.jpg": Reason.LINK}

    def test_archives_inside_are_refused_by_name_and_by_content(self):
        inner = zip_of(("a.jpg", b"x"))

        assert reasons(zip_of(("inner.ZIP", inner))) == {"inner.ZIP": Reason.ARCHIVE}
        assert refusal_of(zip_of(("inner.jpg", inner))) == Reason.ARCHIVE

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_name_that_is_there_twice_counts_once(self):
        entries = listed(zip_of(("a.jpg", b"x"), ("a.jpg", b"y"))).entries

        assert [entry.reason for entry in entries] == ["", Reason.REPEATED]

    def test_an_encrypted_file_is_refused(self):
        content = bytearray(zip_of(("a.jpg", b"x")))
        content[content.index(b"PK\x01\x02") + 8] |= 1

        assert reasons(bytes(content)) == {"a.jpg": Reason.ENCRYPTED}

    def test_methods_other_than_deflate_are_refused(self):
        content = zip_of(("a.jpg", b"x" * 100), method=zipfile.ZIP_LZMA)

        assert reasons(content) == {"a.jpg": Reason.DAMAGED}

    @pytest.mark.parametrize(
        ("encoded", "name"),
        [
            ("猫.jpg".encode(), "猫.jpg"),
            ("小猫照片.jpg".encode("gb18030"), "小猫照片.jpg"),
            ("café.jpg".encode("cp437"), "café.jpg"),
        ],
    )
    def test_names_without_a_declared_encoding_are_read_as_they_were_meant(self, encoded, name):
        placeholder = b"x" * len(encoded)
        content = zip_of((placeholder.decode(), b"x")).replace(placeholder, encoded)

        assert [entry.name for entry in listed(content).entries] == [name]

    def test_a_name_that_takes_forever_to_compose_is_left_as_it_is(self):
        name = "e" + "\u0301\u0316" * 15_000 + ".jpg"

        entries = listed(zip_of(*((f"{number}{name}", b"x") for number in range(5)))).entries

        assert [entry.name for entry in entries] == [f"{number}{name}" for number in range(5)]


class TestBombs:
    def test_a_file_that_unpacks_to_more_than_a_picture_is_not_unpacked(self):
        assert refusal_of(zip_of(("a.bmp", bytes(MAX_BYTES + 1)))) == Reason.TOO_LARGE

    def test_a_file_packed_more_tightly_than_pictures_are_is_refused(self):
        assert refusal_of(zip_of(("a.bmp", bytes(MAX_BYTES)))) == Reason.BOMB

    def test_a_header_that_lies_about_the_size_does_not_help(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(bytes(100 << 20)) + packer.flush()
        content = bytearray(zip_of(("a.bmp", b"x")))
        entry = Entry("a.bmp", 0, zipfile.ZIP_DEFLATED, len(packed), 10, 0)
        header = bytes(content[: archives._LOCAL_HEADER.size + 5])

        with pytest.raises(EntryRefused) as refused:
            read_entry(io.BytesIO(header + packed), entry, MAX_BYTES)

        assert refused.value.reason == Reason.TOO_LARGE

    def test_files_that_overlap_are_refused_as_a_whole(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(bytes(1 << 20)) + packer.flush()
        content = overlapping(50, packed)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # so the bomb is a real ZIP
            assert len(archive.infolist()) == 50

        with pytest.raises(ArchiveRefused) as refused:
            listed(content)

        assert refused.value.reason == Reason.OVERLAPPING

    def test_more_than_may_be_unpacked_altogether_is_refused_before_it_is(self):
        content = zip_of(*((f"{number}.bmp", bytes(1_000)) for number in range(10)))

        with pytest.raises(ArchiveRefused) as refused:
            listed(content, max_unpacked_bytes=9_999)

        assert refused.value.reason == Reason.UNPACKED_TOO_LARGE

    def test_too_many_entries_are_refused_before_the_directory_is_read(self, monkeypatch):
        monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
        content = zip_of(*((f"{number}.jpg", b"x") for number in range(4)))
        monkeypatch.setattr(zipfile, "ZipFile", None)

        with pytest.raises(ArchiveRefused) as refused:
            listed(content)

        assert refused.value.reason == Reason.TOO_MANY

    def test_a_huge_directory_is_refused_before_it_is_read(self, monkeypatch):
        content = zip_of(("a.jpg", b"x"))
        end = content.index(b"PK\x05\x06")
        claimed = content[: end + 12] + struct.pack("<I", 1 << 30) + content[end + 16 :]
        monkeypatch.setattr(zipfile, "ZipFile", None)

        with pytest.raises(ArchiveRefused) as refused:
            listed(claimed)

        assert refused.value.reason == Reason.TOO_MANY

    def test_a_directory_that_is_huge_only_in_its_zip64_part_is_refused(self, monkeypatch):
        content = zip_of(("a.jpg", b"x"))
        end = content.index(b"PK\x05\x06")
        record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 30, 0)
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
        monkeypatch.setattr(zipfile, "ZipFile", None)

        with pytest.raises(ArchiveRefused) as refused:
            listed(content[:end] + record + locator + content[end:])

        assert refused.value.reason == Reason.TOO_MANY


class TestDamage:
    @pytest.mark.parametrize("content", [b"", b"PK", b"no ZIP at all" * 10, b"PK\x05\x06"])
    def test_what_is_no_zip_is_refused(self, content):
        with pytest.raises(ArchiveRefused) as refused:
            listed(content)

        assert refused.value.reason == Reason.NOT_A_ZIP

    def test_a_cut_zip_is_refused(self):
        with pytest.raises(ArchiveRefused) as refused:
            listed(zip_of(("a.jpg", b"x" * 1_000))[:-30])

        assert refused.value.reason == Reason.NOT_A_ZIP

    def test_a_changed_byte_is_noticed(self):
        content = bytearray(zip_of(("a.jpg", b"first"), method=zipfile.ZIP_STORED))
        content[content.index(b"first")] ^= 1

        assert refusal_of(bytes(content)) == Reason.DAMAGED

    def test_a_stream_that_is_not_deflate_is_refused(self):
        content = bytearray(zip_of(("a.jpg", b"x" * 1_000)))
        start = archives._LOCAL_HEADER.size + 5
        content[start : start + 4] = b"\xff\xff\xff\xff"

        assert refusal_of(bytes(content)) == Reason.DAMAGED

    def test_an_entry_that_points_into_nowhere_is_refused(self):
        entry = Entry("a.jpg", 10, zipfile.ZIP_DEFLATED, 10, 10, 0)

        with pytest.raises(EntryRefused) as refused:
            read_entry(io.BytesIO(b"x" * 100), entry, MAX_BYTES)

        assert refused.value.reason == Reason.DAMAGED
