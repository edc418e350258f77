"""Reading the text in pictures."""

import socket
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from moderation.image import ImageLimits, load_image
from moderation.inference import ocr
from moderation.inference.ocr import TextNetworkMissing, TextReader
from tests import pictures

ENGLISH = ("Add me on WhatsApp +1 (415) 555-0134", "Best online casino - 200% bonus")
CHINESE = ("加微信 abc_8899 领取福利", "真人荷官在线发牌", "今天的会议改到下午三点开始")


@pytest.fixture(scope="module")
def chinese_font():
    package = find_spec("pylopdf_fonts_zh_cn")
    return str(Path(package.origin).parent / "NotoSansSC-Regular.otf")


@pytest.fixture(scope="module")
def read(registry):
    """Return a function that reads the text of a drawn picture after a round of JPEG."""
    return lambda image: registry.networks.ocr.read(load_image(pictures.jpeg(image), ImageLimits()))


def texts(lines):
    return [line.text.replace(" ", "") for line in lines]


def expected(*lines):
    return [line.replace(" ", "") for line in lines]


class TestRead:
    def test_english_lines_are_read(self, read):
        drawn = pictures.draw_text(*ENGLISH, size=(1100, 300))

        assert texts(read(drawn)) == expected(*ENGLISH)

    def test_chinese_lines_are_read(self, read, chinese_font):
        drawn = pictures.draw_text(*CHINESE, font_path=chinese_font)

        assert texts(read(drawn)) == expected(*CHINESE)

    def test_text_on_a_photograph_is_read(self, read, chinese_font):
        drawn = pictures.draw_text(
            "办证刻章", "CALL NOW", font_path=chinese_font, on=pictures.photo("temple")
        )

        assert texts(read(drawn)) == expected("办证刻章", "CALL NOW")

    def test_light_text_on_dark_is_read(self, read):
        drawn = pictures.draw_text("Happy birthday", on=Image.new("RGB", (600, 200), "black"))

        assert texts(read(drawn)) == ["Happybirthday"]

    @pytest.mark.parametrize("name", ["astronaut", "cat"])
    def test_a_picture_without_text_has_no_lines(self, read, name):
        assert read(pictures.photo(name)) == ()

    def test_a_plain_picture_has_no_lines(self, read):
        assert read(Image.new("RGB", (320, 240), "white")) == ()

    @pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3)])
    def test_a_tiny_picture_has_no_lines(self, read, size):
        assert read(Image.new("RGB", size, "white")) == ()

    def test_confidence_is_in_percent(self, read):
        (line,) = read(pictures.draw_text("Happy birthday"))

        assert 90 < line.confidence <= 100


class TestBoxes:
    def test_a_box_surrounds_its_line(self, read):
        image = Image.new("RGB", (900, 500), "white")
        font = ImageFont.load_default(48)
        ImageDraw.Draw(image).text((200, 300), "Happy birthday", font=font, fill="black")
        left, top, right, bottom = ImageDraw.Draw(image).textbbox(
            (200, 300), "Happy birthday", font=font
        )

        (line,) = read(image)

        assert line.box.x == pytest.approx(left, abs=25)
        assert line.box.y == pytest.approx(top, abs=25)
        assert line.box.x + line.box.w == pytest.approx(right, abs=25)
        assert line.box.y + line.box.h == pytest.approx(bottom, abs=25)

    def test_boxes_are_in_pixels_of_the_original(self, read):
        image = Image.new("RGB", (4096, 2000), "white")
        font = ImageFont.load_default(200)
        ImageDraw.Draw(image).text((2000, 1200), "Birthday", font=font, fill="black")

        (line,) = read(image)

        assert line.box.x == pytest.approx(2000, abs=60)
        assert 1150 < line.box.y < 1350

    def test_rows_come_before_columns(self, read):
        image = Image.new("RGB", (900, 400), "white")
        drawing = ImageDraw.Draw(image)
        font = ImageFont.load_default(44)
        for word, place in {
            "four": (520, 250), "one": (60, 60), "two": (520, 66), "three": (60, 256)
        }.items():  # fmt: skip
            drawing.text(place, word, font=font, fill="black")

        assert texts(read(image)) == ["one", "two", "three", "four"]


class TestSharing:
    def test_threads_read_what_one_alone_reads(self, read, chinese_font):
        drawn = [pictures.draw_text(line, font_path=chinese_font) for line in (*ENGLISH, *CHINESE)]
        alone = [read(image) for image in drawn]

        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(read, drawn * 3))

        assert together == alone * 3

    def test_the_picture_is_left_as_it_was(self, registry):
        image = load_image(pictures.jpeg(pictures.draw_text("Happy")), ImageLimits())
        before = image.pixels.copy()

        registry.networks.ocr.read(image)

        assert (image.pixels == before).all()


class TestLoading:
    def test_nothing_is_downloaded_or_said(self, monkeypatch, capfd):
        def refuse(*_args):
            raise AssertionError("the text reader opened a connection")

        monkeypatch.setattr(socket.socket, "connect", refuse)

        TextReader()

        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("network", ["_DETECTION_NETWORK", "_RECOGNITION_NETWORK"])
    def test_a_missing_network_is_named(self, monkeypatch, network):
        monkeypatch.setattr(ocr, network, "absent.onnx")

        with pytest.raises(TextNetworkMissing, match=r"absent\.onnx is missing"):
            TextReader()
