"""What people and programs change in one account, each with something at hand to change."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from django.core.exceptions import ObjectDoesNotExist

from console.models import Account, Member
from libraries import emptying
from libraries.adding import add_samples
from libraries.drawn_samples import drawn_samples
from libraries.errors import LibraryError
from libraries.keyword_lines import read_keywords
from libraries.models import ImageLibrary, Vocabulary
from libraries.samples import Sample
from libraries.services import image_libraries, images, keywords
from results.remedies import exempt_image
from rules import services
from rules.changes import ConfigurationChange, ScopeChange
from rules.errors import RulesError
from rules.models import Service
from tests.factories import (
    HitFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)

LABEL = "violent_gun"
_REFUSALS = (RulesError, LibraryError, ObjectDoesNotExist)
_SERVICES = ("baselineCheck_global", "profilePhotoCheck_global", "postImageCheck_global")


@dataclass
class Changes:
    """An account with a member who changes it; every change may be refused, never fail."""

    account: Account
    author: Member = field(init=False)
    samples: list[Sample] = field(init=False)

    def __post_init__(self) -> None:
        ServiceFactory.create(account=self.account)
        self.account.services.exclude(code__in=_SERVICES).delete()
        self.author = MemberFactory.create(account=self.account)
        ImageLibraryFactory.create_batch(3, account=self.account)
        VocabularyFactory.create_batch(3, account=self.account)
        self.samples = list(drawn_samples(30))
        self.result = HitFactory.create(account=self.account)

    def all(self) -> dict[str, Callable[[], object]]:
        """Return every change by its name."""
        return {
            "save a scope": self.save_scope,
            "save a configuration": self.save_configuration,
            "copy a service": self.copy_service,
            "delete a copy": self.delete_copy,
            "exempt everywhere": self.exempt_everywhere,
            "exempt a result": self.exempt_result,
            "delete a vocabulary": self.delete_vocabulary,
            "add keywords": self.add_keywords,
            "add images": self.add_images,
            "delete images": self.delete_images,
            "move images": self.move_images,
            "have an image go live": self.go_live,
            "rename a library": self.rename_library,
            "empty a library": self.empty_library,
            "delete a library": self.delete_library,
            "go on emptying": self.go_on_emptying,
        }

    def try_each(self, order: list[str]) -> None:
        """Make the changes one after the other; some are refused, as others change the same."""
        changes = self.all()
        for name in order:
            with suppress(*_REFUSALS):
                changes[name]()

    def save_scope(self) -> None:
        service = self._service()
        rule = service.label_rules.get(label=LABEL)
        change = ScopeChange(
            label=LABEL,
            enabled=not rule.enabled,
            medium_risk_score=rule.medium_risk_score,
            high_risk_score=rule.high_risk_score,
        )
        services.save_scope(
            service=service, changes=[change], based_on=service.version, author=self.author
        )

    def save_configuration(self) -> None:
        change = ConfigurationChange(exemptions={self._library().pk: True})
        services.save_configuration(
            service=self._service(), change=change, author=self.author, token="again"
        )

    def copy_service(self) -> None:
        services.copy_service(
            source=self._service(), code=None, name="Copy", description="", author=self.author
        )

    def delete_copy(self) -> None:
        copies = [one for one in self.account.services.all() if one.is_copy]
        if not copies:
            self.copy_service()
        else:
            services.delete_copy(service=random.choice(copies), author=self.author)

    def exempt_everywhere(self) -> None:
        services.exempt_everywhere(
            library=self._library(), is_exempt=random.random() < 0.5, author=self.author
        )

    def exempt_result(self) -> None:
        exempt_image(
            result=self.result, service=self._service(), author=self.author, library=self._library()
        )

    def delete_vocabulary(self) -> None:
        vocabulary = VocabularyFactory.create(account=self.account)
        services.delete_vocabulary_everywhere(vocabulary=vocabulary, author=self.author)

    def add_keywords(self) -> None:
        lines = read_keywords([(1, f"word {random.randrange(10**9)}")])
        keywords.add_keywords(vocabulary=self._vocabulary(), lines=lines, author=self.author)

    def add_images(self) -> None:
        samples = random.sample(self.samples, 3)
        add_samples(library=self._library(), samples=samples, author=self.author)

    def delete_images(self) -> None:
        library = self._library()
        ids = list(library.images.values_list("pk", flat=True)[:3])
        images.delete_images(library=library, image_ids=ids, author=self.author)

    def move_images(self) -> None:
        library = self._library()
        ids = list(library.images.values_list("pk", flat=True)[:3])
        images.move_images(
            library=library, target=self._library(), image_ids=ids, author=self.author
        )

    def go_live(self) -> None:
        sample = random.choice(self.samples)
        image = images.add_sample(
            library=self._library(), sample=sample, author=self.author, is_held=True
        )
        images.go_live(image=image, author=self.author)

    def rename_library(self) -> None:
        image_libraries.change_image_library(
            library=self._library(),
            name=f"Library {random.randrange(10**9)}",
            description="",
            author=self.author,
            deep_match=random.random() < 0.5,
        )

    def empty_library(self) -> None:
        image_libraries.empty_image_library(library=self._library(), author=self.author)

    def delete_library(self) -> None:
        library = ImageLibraryFactory.create(account=self.account)
        image_libraries.delete_image_library(library=library, author=self.author)

    def go_on_emptying(self) -> None:
        library = self._library()
        last = max(library.images.values_list("pk", flat=True), default=0)
        ImageLibrary.objects.filter(pk=library.pk).update(emptied_up_to=last)
        emptying.delete_some(library.pk)

    def _service(self) -> Service:
        return self.account.services.get(code=random.choice(_SERVICES))

    def _library(self) -> ImageLibrary:
        return random.choice(list(self.account.image_libraries.all()))

    def _vocabulary(self) -> Vocabulary:
        return random.choice(list(self.account.vocabularies.all()))
