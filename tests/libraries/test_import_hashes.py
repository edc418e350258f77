"""Lists of PDQ hashes as others write them, and as we do."""

import pytest

from console.spreadsheet_cells import escaped, unescaped
from libraries.hash_lists import ListedHash, read_hashes, written_lines
from tests.libraries.imports import hash_of

A, B = hash_of(1), hash_of(2)


def found(text):
    return list(read_hashes(text.splitlines(keepends=True)))


class TestReading:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (f"{A}\n{B}\n", [ListedHash(A), ListedHash(B)]),
            (f"{A},a cat\n", [ListedHash(A, "a cat")]),
            (f"{A},97\n", [ListedHash(A, "", 97)]),
            (f"{A},97,a cat\n", [ListedHash(A, "a cat", 97)]),
            (f"hash,quality,name\n{A},90,cat\n", [ListedHash(A, "cat", 90)]),
            (f"name;PDQ;quality\ncat;{A};90\n", [ListedHash(A, "cat", 90)]),
            (f"filename\tpdq_hash\ncat.jpg\t{A}\n", [ListedHash(A, "cat.jpg")]),
            (f'\ufeffhash,name\r\n{A},"cat, black"\r\n', [ListedHash(A, "cat, black")]),
            (f"\n{A}\n\n  {B}  \n", [ListedHash(A), ListedHash(B)]),
            (f"{A.upper()}\n", [ListedHash(A.upper())]),
            (f"hash,name\n{A}\n", [ListedHash(A)]),
            ("", []),
        ],
    )
    def test_lists_of_many_shapes_are_understood(self, text, expected):
        assert found(text) == expected

    @pytest.mark.parametrize("text", ["", A[:-1], A + "0", "g" + A[1:], "hello"])
    def test_what_is_no_hash_is_said_to_be_none(self, text):
        assert not ListedHash(text).is_hash

    def test_a_quality_out_of_range_counts_as_full(self):
        assert found(f"hash,quality\n{A},101\n") == [ListedHash(A)]
        assert found(f"hash,quality\n{A},-1\n") == [ListedHash(A)]

    @pytest.mark.parametrize("text", ['"', 'hash\n"', 'a,b\n"'], ids=repr)
    def test_an_open_quote_spoils_its_own_line_only(self, text):
        lines = [*text.splitlines(), *["x,y"] * 50_000, hash_of(1)]

        *_, last = read_hashes(f"{line}\n" for line in lines)

        assert last == ListedHash(hash_of(1))

    def test_an_open_quote_does_not_swallow_what_follows_without_end(self):
        lines = found(f'hash,name\n{A},"cat\n' + f"{B},dog\n" * 3)

        assert lines[0].text == A


class TestWriting:
    def test_what_is_written_can_be_read(self):
        names = ["cat", "=1+1", "+1", "-1", "@x", 'a "b", c', "猫"]
        rows = [(hash_of(number), 88, name, number, "") for number, name in enumerate(names)]

        lines = found("".join(written_lines(rows)))

        assert lines == [ListedHash(hash_of(number), name, 88) for number, name in enumerate(names)]

    @pytest.mark.parametrize(
        "text",
        [
            "=1",
            "+1",
            "-1",
            "@1",
            "\t=1",
            "\r=1",
            "\n=1",
            "\uff1d1",
            "\uff0b1",
            "\uff0d1",
            "\uff201",
        ],
    )
    def test_no_cell_is_a_formula(self, text):
        assert str(escaped(text)).startswith("'")
        assert unescaped(str(escaped(text))) == text

    @pytest.mark.parametrize("cell", ["a=1", "'quoted'", 5, None, ""])
    def test_other_cells_stay_as_they_are(self, cell):
        assert escaped(cell) == cell
