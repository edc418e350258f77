"""The commands that make accounts and prepare an installation."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from console.models import Account, Member, User
from console.roles import Role
from moderation.catalogue import load_catalogue
from rules import installation
from rules.models import Service


class TestCreateAccount:
    def test_reports_the_account_and_gives_it_all_services(self, db: None) -> None:
        output = io.StringIO()
        call_command("create_account", "Shop", "--json", stdout=output)

        account = Account.objects.get()
        services = len(load_catalogue().services)
        assert json.loads(output.getvalue()) == {
            "uid": account.uid,
            "name": "Shop",
            "services": services,
        }
        assert account.services.count() == services

    @pytest.mark.parametrize("name", ["", "Shop", "x" * 81])
    def test_refuses_a_name_that_is_empty_taken_or_too_long(self, db: None, name: str) -> None:
        call_command("create_account", "Shop", stdout=io.StringIO())

        with pytest.raises(CommandError):
            call_command("create_account", name)

        assert Account.objects.count() == 1


@pytest.mark.django_db
class TestPrepare:
    @pytest.fixture(autouse=True)
    def own_folder(self, tmp_path: Path) -> Iterator[Path]:
        models = tmp_path / "models"
        models.mkdir()
        (models / "efficientnet-converted.onnx").touch()
        paths = {"DATA_DIR": tmp_path, "MODEL_DIR": models, "STATIC_ROOT": tmp_path / "static"}
        with override_settings(**paths):
            yield tmp_path

    def test_makes_an_administrator_whose_password_is_printed_once(self) -> None:
        first, second = io.StringIO(), io.StringIO()
        call_command("prepare", stdout=first)
        call_command("prepare", stdout=second)

        member = Member.objects.get()
        password = first.getvalue().split("password   ")[1].strip()
        assert member.role == Role.ADMINISTRATOR
        assert User.objects.get(username="admin").check_password(password)
        assert second.getvalue() == ""

    def test_gives_an_account_the_services_that_it_lacks(self) -> None:
        call_command("prepare", stdout=io.StringIO())
        Service.objects.get(code="baselineCheck").delete()

        call_command("prepare", stdout=io.StringIO())

        assert Service.objects.filter(code="baselineCheck").count() == 1
        assert Account.objects.count() == 1

    def test_collects_static_files_only_if_one_has_changed(self, own_folder: Path) -> None:
        installation.update_static_files()
        collected = own_folder / "static" / "console.css"
        assert collected.exists()
        collected.unlink()

        installation.update_static_files()
        assert not collected.exists()

        (own_folder / "static.sha256").write_text("of other files")
        installation.update_static_files()
        assert collected.exists()


def test_networks_are_converted_once_beside_other_work(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    with override_settings(MODEL_DIR=folder), installation.networks_converted():
        pass

    (converted,) = folder.glob(installation.CONVERTED_NETWORKS)
    before = converted.stat().st_mtime_ns
    with override_settings(MODEL_DIR=folder), installation.networks_converted():
        pass
    assert converted.stat().st_mtime_ns == before


def test_weights_that_cannot_be_converted_stop_the_preparation(tmp_path: Path) -> None:
    blocked = tmp_path / "models"
    blocked.write_text("a file where the folder should be")

    with (
        override_settings(MODEL_DIR=blocked),
        pytest.raises(installation.ConversionFailed),
        installation.networks_converted(),
    ):
        pass
