"""Drawings: what is drawn, and that nothing outside the document is read."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from moderation.errors import FormatNotSupported, ImageTooLarge
from moderation.image import ImageLimits, load_image
from tests import pictures
from tests.moderation.picture_server import ok, picture_server

WHITE = (255, 255, 255)
RED = (255, 0, 0)
RECTANGLE = '<rect width="60" height="40" fill="red"/>'
RED_SQUARE = pictures.png(Image.new("RGB", (50, 50), "red"))


def svg(body: str, attributes: str = 'width="60" height="40"', prolog: str = "") -> bytes:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{prolog}<svg {names} {attributes}>{body}</svg>".encode()


def colour(content: bytes) -> tuple[int, int, int]:
    pixels = load_image(content, ImageLimits()).pixels
    red, green, blue = pixels.mean((0, 1)).round().astype(int).tolist()
    return red, green, blue


class TestDrawing:
    @pytest.mark.parametrize(
        "attributes",
        [
            'width="60" height="40"',
            'viewBox="0 0 60 40"',
            'viewBox="0,0,60,40" width="100%" height="100%"',
            'width="100%" height="100%"',
            'width="60"',
            "",
        ],
    )
    def test_its_size_may_be_said_in_many_ways(self, attributes):
        assert colour(svg(RECTANGLE, attributes)) == RED

    @pytest.mark.parametrize(
        "content",
        [
            svg(RECTANGLE, prolog='<?xml version="1.0"?><!-- a --><!DOCTYPE svg>\n'),
            b"\xef\xbb\xbf" + svg(RECTANGLE),
            svg(RECTANGLE, prolog='<?xml version="1.0"?>').decode().encode("utf-16"),
            b'<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 6 4">'
            b'<s:rect width="6" height="4" fill="red"/></s:svg>',
        ],
        ids=["prolog", "byte order mark", "UTF-16", "prefix"],
    )
    def test_it_is_recognised_by_its_first_tag(self, content):
        image = load_image(content, ImageLimits())

        assert image.format == "SVG"
        assert image.pixels.mean((0, 1)).round().tolist() == list(RED)

    def test_a_small_drawing_is_drawn_large(self):
        image = load_image(
            svg(RECTANGLE, 'width="6" height="4" viewBox="0 0 60 40"'), ImageLimits()
        )

        assert (image.width, image.height) == (6, 4)
        assert image.pixels.shape == (1365, 2048, 3)
        assert image.to_original(1024, 0, 1024, 1365).x == 3

    def test_it_lies_on_white(self):
        assert colour(svg("")) == WHITE

    def test_an_embedded_picture_is_drawn(self):
        data = base64.b64encode(RED_SQUARE).decode()

        body = f'<image href="data:image/png;base64,{data}" width="60" height="60"/>'
        assert colour(svg(body)) == RED

    def test_an_entity_is_put_in(self):
        prolog = "<!DOCTYPE svg [<!ENTITY shape '" + RECTANGLE + "'>]>"

        assert colour(svg("&shape;", prolog=prolog)) == RED


class TestOutside:
    @pytest.mark.parametrize(
        "body",
        [
            '<image href="{}/a.png" width="60" height="60"/>',
            '<image xlink:href="{}/a.png" width="60" height="60"/>',
            '<use href="{}/a.svg#a"/>',
            "<style>@import url({}/a.css); @font-face {{font-family: a; src: url({}/a.ttf)}}"
            " text {{font-family: a}}</style><text y='20'> </text>",
            '<filter id="f"><feImage href="{}/a.png"/></filter>'
            '<rect width="60" height="40" fill="white" filter="url(#f)"/>',
            "<script href='{}/a.js'/>",
            "<foreignObject width='60' height='40'><img xmlns='http://www.w3.org/1999/xhtml'"
            " src='{}/a.png'/></foreignObject>",
        ],
        ids=["image", "xlink", "use", "style", "filter", "script", "foreign object"],
    )
    def test_no_url_is_opened(self, body):
        with picture_server() as server:
            server.pages = dict.fromkeys(["/a.png", "/a.svg", "/a.css", "/a.ttf"], ok(RED_SQUARE))

            colour(svg(body.replace("{}", server.url("")).replace("{{", "{").replace("}}", "}")))

        assert server.requests == []

    @pytest.mark.parametrize("prefix", ["", "file://"])
    @pytest.mark.parametrize("tag", ["image", "feImage"])
    def test_no_file_is_read(self, tmp_path, prefix, tag):
        (tmp_path / "red.png").write_bytes(RED_SQUARE)
        reference = f'href="{prefix}{tmp_path}/red.png" width="60" height="60"'
        body = f"<{tag} {reference}/>"
        if tag == "feImage":
            body = f'<filter id="f">{body}</filter><rect width="60" height="40" filter="url(#f)"/>'

        assert colour(svg(body)) != RED

    @pytest.mark.parametrize(
        "prolog",
        [
            '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE svg [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
        ],
    )
    def test_no_file_is_put_in(self, prolog):
        with pytest.raises(FormatNotSupported):
            load_image(svg("<text>&x;</text>", prolog=prolog), ImageLimits())

    def test_scripts_do_not_run(self):
        script = "<script>document.querySelector('rect').setAttribute('fill', 'white')</script>"

        assert colour(svg(RECTANGLE + script)) == RED


class TestExhaustion:
    def test_a_billion_laughs(self):
        entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
        prolog = f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]>'

        with pytest.raises(FormatNotSupported):
            load_image(svg("<text>&a9;</text>", prolog=prolog), ImageLimits())

    def test_deep_nesting(self):
        with pytest.raises(FormatNotSupported):
            load_image(svg("<g>" * 100_000 + "</g>" * 100_000), ImageLimits())

    def test_elements_that_use_each_other(self):
        body = '<g id="a0"/>'
        for n in range(1, 7):
            body += f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>"

        with pytest.raises(FormatNotSupported):
            load_image(svg(f"<defs>{body}</defs><use href='#a6'/>"), ImageLimits())

    def test_a_huge_size_is_refused(self):
        with pytest.raises(ImageTooLarge):
            load_image(svg(RECTANGLE, 'width="1000000" height="1000000"'), ImageLimits())

    def test_thousands_of_comments_are_skipped_fast(self):
        assert colour(svg(RECTANGLE, prolog="<!---->" * 5_000)) == RED

        with pytest.raises(FormatNotSupported):
            load_image(b"<!---->" * 5_000 + b"<p/>", ImageLimits())
