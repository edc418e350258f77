"""Files of keywords: encodings, tables, hostile workbooks, imports and exports."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django.asserts import assertContains
from rustpy_xlsxwriter import FastExcel

from console.models import Account, AuditEntry, Publication
from console.roles import Role
from libraries import keyword_files
from libraries.keyword_files import UnreadableFile, decode, read_file
from libraries.models import Keyword
from tests.factories import VocabularyFactory

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CHINESE = "海洛因\n冰毒\n枪支弹药\n赌博网站\n"


def workbook(*rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rewritten(content, **changes):
    """Return a workbook with some of its entries replaced, by the end of their names."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, changes.pop(stem, None) or old.read(name))
        for name, text in changes.items():
            new.writestr(name, text)
    return buffer.getvalue()


def sheet(*cells, number=1):
    """Return a sheet of one row."""
    row = f'<row r="{number}">{"".join(cells)}</row>'
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{row}</sheetData></worksheet>'


def cell(text, place="A1"):
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def lines(name, content):
    return read_file(name, io.BytesIO(content))


def texts(name, content):
    return [text for _number, text in lines(name, content)]


class TestDecode:
    @pytest.mark.parametrize(
        "encoding",
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"],
    )
    @pytest.mark.parametrize("text", [CHINESE, "cat\ndog\n", "cat\n海洛因 and more\n"])
    def test_the_usual_encodings_are_recognised(self, text, encoding):
        assert decode(text.encode(encoding)) == text

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("café\nnaïve\nfür\ndéjà vu", "latin-1"),
            ("naïve\nfür mich", "latin-1"),
            ("кокаин\nгероин", "cp1251"),  # noqa: RUF001
            ("毒品\n槍枝彈藥\n賭博網站\n", "big5"),
            ("コカイン\n大麻の販売\n", "shift-jis"),
        ],
    )
    def test_other_encodings_are_refused_with_advice(self, text, encoding):
        with pytest.raises(UnreadableFile, match="Save it as UTF-8"):
            decode(text.encode(encoding))

    def test_half_a_surrogate_pair_is_refused(self):
        content = "\ufeffcat\ud800\n".encode("utf-16-le", "surrogatepass")

        with pytest.raises(UnreadableFile, match="Save it as UTF-8"):
            decode(content)

    def test_a_zero_in_a_text_is_left_for_the_line_that_has_it(self):
        assert decode(b"cat\0\ndog and bird\n") == "cat\0\ndog and bird\n"


class TestReadFile:
    def test_each_line_of_a_text_counts_and_keeps_its_number(self):
        assert lines("a.TXT", b"cat\r\n\r\nKeyword\r\n") == [(1, "cat"), (3, "Keyword")]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_the_first_column_of_a_csv_is_read_without_its_heading(self, delimiter):
        content = f"Keyword{delimiter}Added\ncat{delimiter}x\n\n dog {delimiter}y\n".encode()

        assert lines("a.csv", content) == [(2, "cat"), (4, " dog ")]

    @pytest.mark.parametrize("heading", ["keyword", "KEYWORDS", "关键词", " Word "])
    def test_a_heading_is_recognised(self, heading):
        assert texts("a.csv", f"{heading}\ncat\n".encode()) == ["cat"]

    def test_a_first_row_that_is_no_heading_is_a_keyword(self):
        assert texts("a.csv", b"cat\ndog\n") == ["cat", "dog"]

    def test_rows_are_numbered_by_their_first_line(self):
        content = b'"a\nb",1\n"c ""d""",2\ne,3\n'

        assert lines("a.csv", content) == [(1, "a\nb"), (3, 'c "d"'), (4, "e")]

    def test_a_cell_without_end_is_refused(self):
        with pytest.raises(UnreadableFile, match="Line 2 is not CSV"):
            lines("a.csv", b'cat\n"' + b"x" * 200_000)

    def test_the_first_column_of_the_first_sheet_is_read(self):
        content = workbook(("Keyword", "Note"), ("cat", "x"), (None, "y"), ("狗",), (42,), (7.0,))

        assert lines("a.xlsx", content) == [(2, "cat"), (4, "狗"), (5, "42"), (6, "7")]

    def test_a_formula_is_not_calculated(self):
        assert texts("a.xlsx", workbook(("cat",), ("=1+1",))) == ["cat"]

    @pytest.mark.parametrize(
        ("cells", "text"),
        [
            ('<c r="A1" t="str"><f>B1</f><v>cat</v></c>', "cat"),
            ('<c r="A1" t="b"><v>1</v></c>', "TRUE"),
            ('<c t="n"><v>42</v></c><c t="n"><v>7</v></c>', "42"),
            ('<c r="A1" t="inlineStr"><is><r><t>wild</t></r><r><t>cat</t></r></is></c>', "wildcat"),
            (
                '<c r="A1" t="inlineStr"><is><t>猫</t><rPh><t>ねこ</t></rPh></is></c>',
                "猫",
            ),
        ],
    )
    def test_a_cell_of_any_kind_is_text(self, cells, text):
        assert texts("a.xlsx", rewritten(workbook(("x",)), sheet1=sheet(cells))) == [text]

    def test_names_may_have_a_prefix(self):
        rows = (
            f'<x:worksheet xmlns:x="{NAMESPACE}"><x:sheetData><x:row r="3"><x:c r="A3">'
            "<x:v>42</x:v></x:c></x:row></x:sheetData></x:worksheet>"
        )

        assert lines("a.xlsx", rewritten(workbook(("x",)), sheet1=rows)) == [(3, "42")]

    def test_workbooks_of_another_writer_are_read(self):
        buffer = io.BytesIO()
        records = [{"Keyword": "cat", "Note": "x"}, {"Keyword": "狗", "Note": "y"}]
        FastExcel(buffer).sheet("One", records, dedupe_strings=True).sheet("Two", records).save()

        assert texts("a.xlsx", buffer.getvalue()) == ["cat", "狗"]

    def test_an_empty_file_is_refused(self):
        for name, content in [("a.txt", b"\n \n"), ("a.csv", b""), ("a.xlsx", workbook())]:
            with pytest.raises(UnreadableFile, match="nothing in the file"):
                lines(name, content)

    def test_a_file_of_another_kind_is_refused(self):
        with pytest.raises(UnreadableFile, match=r"Choose a \.txt"):
            lines("a.docx", b"cat")

    def test_one_line_over_the_limit_is_too_many(self, monkeypatch):
        monkeypatch.setattr(keyword_files, "MAX_LINES", 3)

        assert len(lines("a.txt", b"a\nb\n\nc\n")) == 3
        with pytest.raises(UnreadableFile, match="More than 3 lines"):
            lines("a.txt", b"a\nb\nc\nd\n")

    def test_millions_of_lines_are_too_many_even_if_they_are_blank(self):
        with pytest.raises(UnreadableFile, match="More than 100,000 lines"):
            lines("a.txt", b"\n" * 1_000_001)


class TestHostileWorkbooks:
    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0 old Excel"])
    def test_what_is_no_archive_is_refused(self, content):
        with pytest.raises(UnreadableFile, match="not an Excel workbook"):
            lines("a.xlsx", content)

    def test_a_zip_that_is_no_workbook_is_refused(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("../../cat.txt", "cat")

        with pytest.raises(UnreadableFile, match="not an Excel workbook"):
            lines("a.xlsx", buffer.getvalue())

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        content = rewritten(workbook(("cat",)), sheet1=b" " * (30 * 2**20))

        with pytest.raises(UnreadableFile, match="unpacks to too much"):
            lines("a.xlsx", content)

    def test_an_archive_of_very_many_entries_is_refused(self):
        content = rewritten(workbook(("cat",)), **{f"entry{n}": "x" for n in range(1001)})

        with pytest.raises(UnreadableFile, match="unpacks to too much"):
            lines("a.xlsx", content)

    def test_a_workbook_of_very_many_sheets_is_refused(self):
        sheets = f"<workbook>{'<sheet/>' * 1001}</workbook>"

        with pytest.raises(UnreadableFile, match="unpacks to too much"):
            lines("a.xlsx", rewritten(workbook(("cat",)), workbook=sheets))

    def test_an_entry_that_lies_about_its_size_is_refused(self):
        content = bytearray(workbook(*[("cat" * 50,)] * 500))
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
            sheet = archive.getinfo("xl/worksheets/sheet1.xml")
        size = sheet.file_size.to_bytes(4, "little")
        content = bytes(content).replace(size, (100).to_bytes(4, "little"))

        with pytest.raises(UnreadableFile, match="damaged"):
            lines("a.xlsx", content)

    def test_entities_do_not_grow(self):
        entities = '<!ENTITY a0 "ha">' + "".join(
            f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
        )
        rows = f"<!DOCTYPE x [{entities}]>{sheet(cell('&a9;'))}"

        with pytest.raises(UnreadableFile, match="damaged"):
            lines("a.xlsx", rewritten(workbook(("cat",)), sheet1=rows))

    def test_a_row_number_out_of_this_world_does_no_harm(self):
        rows = sheet(cell("cat"), number=99_999_999_999)

        assert lines("a.xlsx", rewritten(workbook(("x",)), sheet1=rows)) == [
            (99_999_999_999, "cat")
        ]

    def test_a_row_number_that_is_none_is_refused(self):
        rows = sheet(cell("cat"), number="9" * 5000)

        with pytest.raises(UnreadableFile, match="damaged"):
            lines("a.xlsx", rewritten(workbook(("x",)), sheet1=rows))

    def test_half_a_sheet_is_refused_as_a_whole(self):
        rows = sheet(cell("cat"))[: -len("</worksheet>")]

        with pytest.raises(UnreadableFile, match="damaged"):
            lines("a.xlsx", rewritten(workbook(("x",)), sheet1=rows))

    def test_an_encrypted_archive_is_refused(self):
        content = bytearray(workbook(("cat",)))
        for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
            position = content.find(signature)
            while position >= 0:
                content[position + offset] |= 1
                position = content.find(signature, position + 1)

        with pytest.raises(UnreadableFile, match="damaged"):
            lines("a.xlsx", bytes(content))

    @pytest.mark.parametrize("seed", range(60))
    def test_a_damaged_workbook_is_read_or_refused_but_never_breaks(self, seed):
        dice = random.Random(seed)
        content = workbook(("Keyword",), *[(f"word {n}",) for n in range(20)])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = dice.choice(archive.namelist())
            entry = bytearray(archive.read(name))
        for _ in range(dice.randint(1, 6)):
            entry[dice.randrange(len(entry))] = dice.randrange(256)
        stem = name.rpartition("/")[2].partition(".")[0]

        try:
            found = texts("a.xlsx", rewritten(content, **{stem: bytes(entry)}))
        except UnreadableFile:
            return
        assert all(isinstance(text, str) for text in found)


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Words & more")


def upload(client, vocabulary, name, content):
    file = SimpleUploadedFile(name, content)
    url = reverse("libraries:keyword_import", args=[vocabulary.pk])
    headers = {"HX-Request": "true", "HX-Target": "import"}
    return client.post(url, {"file": file}, headers=headers)


def stored(vocabulary):
    return list(vocabulary.keywords.order_by("pk").values_list("text", flat=True))


class TestImport:
    def test_the_good_lines_are_added_and_the_others_said(self, member_client, vocabulary):
        client = member_client(Role.MODERATOR)
        content = f"Keyword,Note\ncat,1\n{'x' * 21},2\nCAT,3\nb@d,4\n狗,5\n".encode("gb18030")

        response = upload(client, vocabulary, "words.csv", content)

        assertContains(response, "2 added, 1 too long, 1 with characters")
        assertContains(response, "The same as line 2.")
        assert response.context["add_form"]["keywords"].value() == "x" * 21 + "\nb@d"
        assert stored(vocabulary) == ["cat", "狗"]
        assert Publication.objects.get().details == {"keywords": ["cat", "狗"]}

    def test_a_refused_file_adds_nothing_and_says_why(self, member_client, vocabulary):
        response = upload(member_client(), vocabulary, "words.xlsx", b"cat\n")

        assertContains(response, "not an Excel workbook", status_code=422)
        assert stored(vocabulary) == []

    def test_a_large_file_is_refused(self, member_client, vocabulary, monkeypatch):
        monkeypatch.setattr("libraries.forms.keywords.MAX_FILE_BYTES", 10)

        response = upload(member_client(), vocabulary, "words.txt", b"cat\ndog\nbird\n")

        assertContains(response, "The file is larger than", status_code=422)
        assert stored(vocabulary) == []

    def test_no_file_is_said(self, member_client, vocabulary):
        url = reverse("libraries:keyword_import", args=[vocabulary.pk])

        assertContains(member_client().post(url), "This field is required", status_code=422)

    def test_many_lines_are_one_publication_and_one_audit_entry(self, member_client, vocabulary):
        content = "\n".join(f"word {n}" for n in range(5000)).encode()

        response = upload(member_client(), vocabulary, "words.txt", content)

        assertContains(response, "5,000 added")
        assert Publication.objects.get().details == {}
        assert AuditEntry.objects.get().details == {"count": 5000}

    def test_what_has_no_room_is_not_added(self, member_client, vocabulary, settings):
        settings.MAX_KEYWORDS = 3

        response = upload(member_client(), vocabulary, "words.txt", b"a\nb\nc\nd\ne\n")

        assertContains(response, "3 added, 2 without room")
        assertContains(response, "3 of 3")
        assert stored(vocabulary) == ["a", "b", "c"]

    def test_a_library_of_another_account_is_not_found(self, member_client):
        assert (
            upload(member_client(), VocabularyFactory.create(), "a.txt", b"cat").status_code == 404
        )


class TestExport:
    def export(self, client, vocabulary, file_format):
        url = reverse("libraries:keyword_export", args=[vocabulary.pk, file_format])
        response = client.get(url)
        return response, b"".join(response.streaming_content)

    @pytest.fixture
    def viewer(self, member_client):
        return member_client(Role.VIEWER)

    @pytest.fixture
    def filled(self, vocabulary):
        for text in ("cat", "00123", "海洛因"):
            Keyword.objects.create(vocabulary=vocabulary, text=text, folded=text)
        return vocabulary

    def test_text_has_one_keyword_a_line(self, viewer, filled):
        response, content = self.export(viewer, filled, "txt")

        assert content.decode() == "cat\n00123\n海洛因\n"
        assert 'filename="words-more.txt"' in response.headers["Content-Disposition"]

    def test_csv_is_marked_as_utf8_and_has_a_heading(self, viewer, filled):
        _response, content = self.export(viewer, filled, "csv")

        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows[0] == ["Keyword", "Added"]
        assert [row[0] for row in rows[1:]] == ["cat", "00123", "海洛因"]

    def test_a_workbook_keeps_texts_as_they_are(self, viewer, filled):
        _response, content = self.export(viewer, filled, "xlsx")

        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert [(cell.value, cell.data_type) for cell in sheet["A"]] == [
            ("Keyword", "s"),
            ("cat", "s"),
            ("00123", "s"),
            ("海洛因", "s"),
        ]

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)"])
    def test_what_looks_like_a_formula_stays_text(self, viewer, vocabulary, text):
        Keyword.objects.create(vocabulary=vocabulary, text=text, folded=text)

        _response, table = self.export(viewer, vocabulary, "csv")
        _response, book = self.export(viewer, vocabulary, "xlsx")

        assert f"\n'{text}," in table.decode()
        cell = openpyxl.load_workbook(io.BytesIO(book)).active["A2"]
        assert (cell.value, cell.data_type) == (text, "s")

    def test_times_are_those_of_the_account(self, viewer, filled):
        Account.objects.update(time_zone="Asia/Shanghai")
        Keyword.objects.update(added_at=datetime(2026, 3, 1, 20, 30, tzinfo=UTC))

        _, table = self.export(viewer, filled, "csv")
        _, book = self.export(viewer, filled, "xlsx")

        assert table.decode().count("2026-03-02 04:30:00") == 3
        assert openpyxl.load_workbook(io.BytesIO(book)).active["B2"].value == "2026-03-02 04:30:00"

    @pytest.mark.parametrize("file_format", ["txt", "csv", "xlsx"])
    def test_what_was_exported_can_be_imported(
        self, viewer, member_client, account, filled, file_format
    ):
        other = VocabularyFactory.create(account=account)
        _response, content = self.export(viewer, filled, file_format)

        upload(member_client(), other, f"words.{file_format}", content)

        assert stored(other) == stored(filled)

    def test_an_empty_library_is_exported_too(self, viewer, vocabulary):
        for file_format in ("txt", "csv", "xlsx"):
            response, _content = self.export(viewer, vocabulary, file_format)
            assert response.status_code == 200

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", '"; x="', "\u202etxt.exe", "海洛因", "///"]
    )
    def test_any_name_makes_a_file_name(self, viewer, account, name):
        vocabulary = VocabularyFactory.create(account=account, name=name)

        response, _content = self.export(viewer, vocabulary, "txt")

        assert "/" not in response.headers["Content-Disposition"].replace("utf-8''", "")

    def test_only_known_formats_of_own_libraries_are_exported(self, viewer, vocabulary):
        unknown = reverse("libraries:keyword_export", args=[vocabulary.pk, "exe"])
        foreign = reverse("libraries:keyword_export", args=[VocabularyFactory.create().pk, "txt"])

        assert viewer.get(unknown).status_code == 404
        assert viewer.get(foreign).status_code == 404
