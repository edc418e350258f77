"""The actions about image libraries and their images, on the services that the pages use."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.models import AuditEntry
from libraries.models import ImageLibrary, LibraryImage
from libraries.services.images import add_image
from openapi.actions import library_images
from openapi.timestamps import server_time
from openapi.uploads.models import Upload
from rules.changes import ConfigurationChange
from rules.services import save_configuration
from tests import pictures
from tests.factories import AccessKeyFactory, ImageLibraryFactory, ServiceFactory
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.golden_answers import assert_golden
from tests.openapi.picture_server import picture_server
from tests.openapi.signing import PLAIN_SECRET
from tests.openapi.uploads.conftest import token_of
from tests.openapi.uploads.requests import Uploader, content_of

pytestmark = pytest.mark.django_db
SERVICE = "baselineCheck_global"


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Keep files in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def access_key(account):
    return AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET)


@pytest.fixture
def ask(access_key):
    return ConsoleClient(access_key)


@pytest.fixture
def uploader(access_key):
    return Uploader(token_of(access_key))


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account, name="Leaflets", description="Known ones")


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account, code=SERVICE, built_in_code=SERVICE)


def exempts(service, library):
    return service.exemptions.filter(image_library=library).exists()


def image_of(library, author, content=None):
    return add_image(
        library=library, content=content or pictures.cat(), name="cat.jpg", author=author
    )


class TestLibraries:
    def test_all_are_listed_by_name(self, ask, account, library, access_key, settings):
        image_of(library, access_key)
        other = ImageLibraryFactory.create(account=account, name="Art", description="")
        ImageLibraryFactory.create(name="Of somebody else")
        ImageLibrary.objects.update(
            created_at=datetime(2026, 1, 31, 8, tzinfo=UTC),
            changed_at=datetime(2026, 1, 31, 9, tzinfo=UTC),
        )

        answer = ask("ListImageLib")

        assert_golden("list_image_lib", answer, LibId=[str(other.pk), str(library.pk)])

    def test_with_a_service_it_says_what_that_exempts(self, ask, library, service):
        other = ImageLibraryFactory.create(account=library.account, name="Art")
        ask.data("UpdateImageLibFreeInspection", ServiceCode=SERVICE, Config={str(library.pk): 1})

        listed = ask("ListImageLib", ServiceCode=SERVICE)["LibList"]

        assert {one["LibId"]: one["FreeInspection"] for one in listed} == {
            str(library.pk): 1,
            str(other.pk): 0,
        }
        assert {one["FreeInspection"] for one in ask("ListImageLib")["LibList"]} == {0}
        assert ask("ListImageLib", ServiceCode="nonsense")["Code"] == 401

    def test_the_queries_do_not_grow_with_the_libraries(self, ask, account, settings):
        settings.MAX_IMAGE_LIBRARIES = 100
        ImageLibraryFactory.create_batch(2, account=account)
        ask("ListImageLib")
        with CaptureQueriesContext(connection) as few:
            ask("ListImageLib")
        ImageLibraryFactory.create_batch(10, account=account)

        with CaptureQueriesContext(connection) as many:
            assert len(ask("ListImageLib")["LibList"]) == 12

        assert len(many) == len(few) <= 3

    def test_one_is_created(self, ask, account):
        answer = ask("CreateImageLib", LibName="Leaflets", Comment="Known ones")

        library = account.image_libraries.get()
        assert (library.name, library.description) == ("Leaflets", "Known ones")
        assert_golden("create_image_lib", answer, LibId=str(library.pk))
        entry = AuditEntry.objects.get()
        assert entry.access_key == ask.access_key
        assert (entry.request_id, entry.ip_address) == (answer["RequestId"], "127.0.0.1")

    def test_the_older_name_answers_true(self, ask, account):
        assert ask.data("AddImageLib", LibName="Leaflets") is True

        assert account.image_libraries.get().name == "Leaflets"

    @pytest.mark.parametrize("action", ["CreateImageLib", "AddImageLib"])
    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({}, 400),
            ({"LibName": " "}, 400),
            ({"LibName": "a" * 65}, 402),
            ({"LibName": "New", "Comment": "a" * 301}, 402),
            ({"LibName": "a\u202eb"}, 401),
            ({"LibName": "Leaflets"}, 401),
        ],
    )
    def test_what_cannot_be_is_refused(self, ask, library, action, parameters, code):
        answer = ask(action, **parameters)

        assert (answer["Code"], answer["HttpStatusCode"], answer["Success"]) == (code, code, False)
        assert answer["Msg"]
        assert ImageLibrary.objects.count() == 1

    def test_the_quota_is_402(self, ask, settings):
        settings.MAX_IMAGE_LIBRARIES = 0

        assert ask("CreateImageLib", LibName="Leaflets")["Code"] == 402

    def test_what_is_not_sent_stays(self, ask, library):
        ask.data("UpdateImageLib", LibId=library.pk, LibName="Fliers")
        library.refresh_from_db()
        assert (library.name, library.description) == ("Fliers", "Known ones")

        ask.data("UpdateImageLib", LibId=library.pk, Comment="")
        library.refresh_from_db()
        assert (library.name, library.description) == ("Fliers", "")


class TestExemptions:
    def test_libraries_that_are_not_named_stay(self, ask, library, service):
        other = ImageLibraryFactory.create(account=library.account)
        config = {str(library.pk): 1, str(other.pk): 1}
        ask.data("UpdateImageLibFreeInspection", ServiceCode=SERVICE, Config=config)

        answer = ask("UpdateImageLibFreeInspection", ServiceCode=SERVICE, Config={other.pk: 0})

        assert answer["Data"] is True
        assert (exempts(service, library), exempts(service, other)) == (True, False)
        version = service.versions.order_by("-number").first()
        assert version.comment == f"UpdateImageLibFreeInspection {answer['RequestId']}"

    @pytest.mark.parametrize(
        ("config", "code"),
        [
            ("", 400),
            ("[]", 401),
            ('{"999999": 1}', 401),
            ('{"x": 1}', 401),
            ('{"@": 2}', 401),
            ('{"@": "yes"}', 401),
            ('{"@": null}', 401),
        ],
    )
    def test_what_cannot_be_is_refused(self, ask, library, service, config, code):
        config = config.replace("@", str(library.pk))

        answer = ask("UpdateImageLibFreeInspection", ServiceCode=SERVICE, Config=config)

        assert answer["Code"] == code
        assert not exempts(service, library)

    def test_the_switch_without_a_service_is_for_all(self, ask, library, service):
        other = ServiceFactory.create(account=library.account)

        ask.data("UpdateImageLib", LibId=library.pk, FreeInspection=1)
        assert (exempts(service, library), exempts(other, library)) == (True, True)

        ask.data("UpdateImageLib", LibId=library.pk, LibName="Fliers")
        assert exempts(service, library)

        ask.data("UpdateImageLib", LibId=library.pk, FreeInspection=0)
        assert not exempts(service, library)
        assert not exempts(other, library)

    def test_all_or_nothing_is_changed(self, ask, library, service):
        change = ConfigurationChange(policies={"violent_gun": {"image_library_id": library.pk}})
        save_configuration(service=service, change=change, author=ask.access_key)

        answer = ask("UpdateImageLib", LibId=library.pk, LibName="Fliers", FreeInspection=1)

        assert answer["Code"] == 401
        library.refresh_from_db()
        assert library.name == "Leaflets"
        assert not exempts(service, library)


class TestAdding:
    def test_an_upload_by_its_key(self, ask, library, uploader):
        key = uploader.key("深 cat.jpg")
        uploader.put(key, pictures.cat())

        answer = ask("AddImages2Lib", LibId=library.pk, ImgUrl=key)

        image = library.images.get()
        assert_golden("add_images2_lib", answer, ImgId=str(image.pk))
        assert (image.name, image.is_held) == ("深 cat.jpg", False)
        assert AuditEntry.objects.get().access_key == ask.access_key

    def test_an_upload_by_its_address(self, ask, library, uploader):
        uploader.put(uploader.key("cat.jpg"), pictures.cat())
        link = ask.data("GetUploadLink", UploadUrl=uploader.key("cat.jpg"))

        assert ask("AddImages2Lib", LibId=library.pk, ImgUrl=link)["Code"] == 200

    def test_a_picture_at_an_address(self, ask, library, settings):
        settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        with picture_server() as (address, _):
            answer = ask("AddImages2Lib", LibId=library.pk, ImgUrl=f"{address}/cat.jpg")

        assert answer["Data"]["ImgId"] == str(library.images.get().pk)
        assert library.images.get().name == "cat.jpg"

    def test_an_image_that_does_harm_is_held_and_said_to_be(
        self, ask, library, uploader, service, monkeypatch
    ):
        change = ConfigurationChange(exemptions={library.pk: True})
        save_configuration(service=service, change=change, author=ask.access_key)
        monkeypatch.setattr(library_images, "has_findings", lambda image: True)
        uploader.put(uploader.key("cat.jpg"), pictures.cat())

        answer = ask("AddImages2Lib", LibId=library.pk, ImgUrl=uploader.key("cat.jpg"))

        assert (answer["Code"], answer["Success"]) == (200, True)
        assert "matches nothing yet" in answer["Msg"]
        assert LibraryImage.objects.get(pk=answer["Data"]["ImgId"]).is_held

    def test_an_image_without_findings_goes_live(self, ask, library, uploader, service):
        change = ConfigurationChange(exemptions={library.pk: True})
        save_configuration(service=service, change=change, author=ask.access_key)
        uploader.put(uploader.key("cat.jpg"), pictures.cat())

        answer = ask("AddImages2Lib", LibId=library.pk, ImgUrl=uploader.key("cat.jpg"))

        assert answer["Msg"] == "OK"
        assert not library.images.get().is_held

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (pictures.cat() + b"\0" * 4 * 2**20, 406),
            (b"this is text", 407),
            (pictures.blank(), 401),
        ],
    )
    def test_a_file_that_cannot_be_is_refused(self, ask, library, uploader, content, code):
        uploader.put(uploader.key("x"), content)

        assert ask("AddImages2Lib", LibId=library.pk, ImgUrl=uploader.key("x"))["Code"] == code
        assert not library.images.exists()

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("", 400),
            ("upload/none/x.jpg", 404),
            ("http://10.0.0.1/x.jpg", 404),
            ("ftp://example.com/x.jpg", 401),
            ("http://example.com/中.jpg", 401),
            ("http://example.com/" + "a" * 2048, 402),
        ],
    )
    def test_a_source_that_cannot_be_is_refused(self, ask, library, source, code):
        assert ask("AddImages2Lib", LibId=library.pk, ImgUrl=source)["Code"] == code

    def test_the_same_picture_again_is_refused(self, ask, library, uploader, access_key):
        image_of(library, access_key)
        uploader.put(uploader.key("x"), pictures.cat())

        answer = ask("AddImages2Lib", LibId=library.pk, ImgUrl=uploader.key("x"))

        assert answer["Code"] == 401
        assert str(library.images.get().pk) in answer["Msg"]

    def test_the_quota_is_402(self, ask, library, uploader, settings):
        settings.MAX_LIBRARY_IMAGES = 0
        uploader.put(uploader.key("x"), pictures.cat())

        assert ask("AddImages2Lib", LibId=library.pk, ImgUrl=uploader.key("x"))["Code"] == 402

    def test_an_upload_whose_time_is_over_is_404(self, ask, library, uploader):
        uploader.put(uploader.key("x"), pictures.cat())
        Upload.objects.update(uploaded_at=timezone.now() - timedelta(minutes=31))

        assert ask("AddImages2Lib", LibId=library.pk, ImgUrl=uploader.key("x"))["Code"] == 404

    def test_an_upload_of_another_account_is_404(self, ask, library):
        foreign = Uploader(token_of(AccessKeyFactory.create(plain_secret=PLAIN_SECRET)))
        foreign.put(foreign.key("x"), pictures.cat())

        assert ask("AddImages2Lib", LibId=library.pk, ImgUrl=foreign.key("x"))["Code"] == 404


class TestListing:
    @pytest.fixture
    def images(self, library, access_key):
        """Three images, of which the second was added on another day."""
        made = [
            image_of(library, access_key, content)
            for content in (pictures.cat(), pictures.coffee(), pictures.rocket())
        ]
        moments = [(2026, 1, 31, 8), (2026, 2, 1, 8), (2026, 2, 2, 8)]
        for image, moment in zip(made, moments, strict=True):
            image.added_at = datetime(*moment, tzinfo=UTC)
            image.save(update_fields=["added_at"])
        return [str(image.pk) for image in made]

    def ids(self, ask, library, **parameters):
        answer = ask("ListImagesFromLib", LibId=library.pk, **parameters)
        assert answer["Code"] == 200, answer
        return [item["ImageId"] for item in answer["Items"]]

    def test_newest_first_or_as_sorted(self, ask, library, images):
        assert self.ids(ask, library) == images[::-1]
        assert self.ids(ask, library, Sort={"GmtCreate": "asc"}) == images
        assert self.ids(ask, library, CurrentPage=2, PageSize=2) == images[:1]
        assert self.ids(ask, library, CurrentPage=9) == []

    def test_by_id_and_time(self, ask, library, images):
        assert self.ids(ask, library, ImgId=images[1]) == [images[1]]
        assert self.ids(ask, library, ImgId="999999999") == []
        span = {"StartDate": "2026-02-01 08:00:00", "EndDate": "2026-02-02 07:59:59"}
        assert self.ids(ask, library, **span) == [images[1]]
        assert self.ids(ask, library, EndDate="2026-02-01 08:00:00") == images[1::-1]

    @pytest.mark.parametrize(
        "parameters",
        [
            {"ImgId": "x"},
            {"StartDate": "yesterday"},
            {"EndDate": "2026-02-30 00:00:00"},
            {"CurrentPage": 0},
            {"PageSize": 1000},
            {"Sort": {"Name": "asc"}},
        ],
    )
    def test_what_cannot_be_is_401(self, ask, library, parameters):
        assert ask("ListImagesFromLib", LibId=library.pk, **parameters)["Code"] == 401

    def test_an_answer(self, ask, library, access_key):
        image = image_of(library, access_key)

        answer = ask("ListImagesFromLib", LibId=library.pk)

        (item,) = answer["Items"]
        assert_golden(
            "list_images_from_lib",
            answer,
            ImageId=str(image.pk),
            ImageUrl=item["ImageUrl"],
            ThumbnailUrl=item["ThumbnailUrl"],
            GmtCreate=server_time(image.added_at),
        )

    def test_a_browser_can_open_the_pictures_for_a_while(self, ask, library, access_key):
        image_of(library, access_key)
        (item,) = ask("ListImagesFromLib", LibId=library.pk)["Items"]

        for name, kind in (("ImageUrl", "image/jpeg"), ("ThumbnailUrl", "image/webp")):
            assert item[name].startswith("http://testserver/")
            path = urlsplit(item[name]).path
            response = Client().get(path)
            assert (response.status_code, response["Content-Type"]) == (200, kind)
            assert content_of(response)
            assert Client().get(path.replace("/downloads/", "/downloads/x")).status_code == 404
        library.images.all().delete()
        assert Client().get(path).status_code == 404

    def test_the_queries_do_not_grow_with_the_images(self, ask, library, access_key, images):
        ask("ListImagesFromLib", LibId=library.pk)  # which notes that the key is used
        with CaptureQueriesContext(connection) as few:
            ask("ListImagesFromLib", LibId=library.pk, PageSize=1)

        with CaptureQueriesContext(connection) as many:
            assert len(ask("ListImagesFromLib", LibId=library.pk)["Items"]) == 3

        assert len(many) == len(few) <= 5


class TestDeleting:
    @pytest.mark.parametrize("written", ["[@]", '["@"]', "@", "[@,999999999]", "@,999999999"])
    def test_images_are_deleted_by_id(self, ask, library, access_key, written):
        image = image_of(library, access_key)
        kept = image_of(library, access_key, pictures.coffee())

        data = ask.data(
            "DeleteImagesFromLib",
            LibId=library.pk,
            ImageIds=written.replace("@", str(image.pk)),
        )

        assert data is True
        assert library.images.get() == kept

    def test_images_of_other_libraries_are_not_deleted(self, ask, library, access_key):
        other = ImageLibraryFactory.create(account=library.account)
        image = image_of(other, access_key)

        ask.data("DeleteImagesFromLib", LibId=library.pk, ImageIds=[image.pk])

        assert other.images.get() == image

    @pytest.mark.parametrize(("ids", "code"), [("", 400), ("[", 401), ("{}", 401), ("[-1]", 401)])
    def test_ids_that_are_none_are_refused(self, ask, library, ids, code):
        assert ask("DeleteImagesFromLib", LibId=library.pk, ImageIds=ids)["Code"] == code

    def test_too_many_ids_are_402(self, ask, library):
        ids = list(range(1, 10_002))

        assert ask("DeleteImagesFromLib", LibId=library.pk, ImageIds=ids)["Code"] == 402


CALLS_OF_ONE = [
    ("UpdateImageLib", {"LibName": "Mine"}),
    ("AddImages2Lib", {"ImgUrl": "upload/x/y"}),
    ("ListImagesFromLib", {}),
    ("DeleteImagesFromLib", {"ImageIds": [1]}),
]


@pytest.mark.parametrize(("action", "parameters"), CALLS_OF_ONE)
class TestForeignLibraries:
    def test_that_of_another_account_does_not_exist(self, ask, action, parameters):
        foreign = ImageLibraryFactory.create(name="Theirs")

        answer = ask(action, LibId=foreign.pk, **parameters)

        assert (answer["Code"], answer["Msg"]) == (401, f"LibId {foreign.pk} is not known.")
        foreign.refresh_from_db()
        assert foreign.name == "Theirs"

    @pytest.mark.parametrize(("library_id", "code"), [("", 400), ("x", 401), ("9" * 30, 401)])
    def test_what_is_no_id_is_refused(self, ask, action, parameters, library_id, code):
        assert ask(action, LibId=library_id, **parameters)["Code"] == code


def test_the_exemption_of_a_foreign_library_is_refused(ask, service):
    foreign = ImageLibraryFactory.create(name="Theirs")

    config = {str(foreign.pk): 1}
    answer = ask("UpdateImageLibFreeInspection", ServiceCode=SERVICE, Config=config)

    assert answer["Code"] == 401
    assert not exempts(service, foreign)
