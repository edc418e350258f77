"""Valid objects for tests; a test names only the fields that it is about."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from console import encryption
from console.models import AccessKey, Account, Member, User
from console.roles import Role
from rules.models import Service
from rules.services import install_catalogue

PASSWORD = "correct horse 7 battery"


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    name = factory.Sequence(lambda number: f"Account {number}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    password = factory.django.Password(PASSWORD)


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member

    account = factory.SubFactory(AccountFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.ADMINISTRATOR


class AccessKeyFactory(DjangoModelFactory[AccessKey]):
    class Meta:
        model = AccessKey
        exclude = ["plain_secret"]

    plain_secret = "a secret of no importance"
    account = factory.SubFactory(AccountFactory)
    key_id = factory.Sequence(lambda number: f"ASSAYtest{number:06}")
    name = factory.Sequence(lambda number: f"Program {number}")
    encrypted_secret = factory.LazyAttribute(lambda key: encryption.encrypt(key.plain_secret))


class ServiceFactory(DjangoModelFactory[Service]):
    """A built-in service as install_catalogue() makes it, with its labels and a version."""

    class Meta:
        model = Service
        django_get_or_create = ["account", "code"]

    account = factory.SubFactory(AccountFactory)
    code = "baselineCheck_global"

    @classmethod
    def _create(cls, model_class: type[Service], *args: Any, **kwargs: Any) -> Service:
        account = kwargs.pop("account")
        code = kwargs.pop("code")
        install_catalogue(account=account)
        service = Service.objects.get(account=account, code=code)
        for name, value in kwargs.items():
            setattr(service, name, value)
        if kwargs:
            service.save()
        return service
