"""What writes vocabularies and their keywords."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from console.models import Account, Author, Publication
from console.services import locked_account, publish, record
from libraries import errors
from libraries.keyword_lines import (
    Addition,
    KeywordLines,
    NewKeyword,
    Reason,
    kind_of,
    without_known,
)
from libraries.models import Keyword, KeywordImport, KeywordQuerySet, Vocabulary
from libraries.names import check_texts
from libraries.places import places_of

_MAX_PUBLISHED_KEYWORDS = 1000  # of more, processes read the vocabulary anew
_MAX_LOOKED_UP = 500  # of more, all keywords of the vocabulary are read
_INSERT = (
    f"INSERT INTO {Keyword._meta.db_table} (vocabulary_id, text, folded, added_at)"  # noqa: S608
    " VALUES (%s, %s, %s, %s)"  # the table's name is no input
)


@transaction.atomic
def create_vocabulary(
    *, account: Account, name: str, description: str, lines: KeywordLines, author: Author
) -> tuple[Vocabulary, Addition]:
    """Create a vocabulary with the keywords of some lines, or with none.

    Raises TooManyLibraries, LibraryNameTaken, InvalidText, or KeywordsRefused if a line has to be
    mended; nothing is created then.
    """
    vocabulary = _create(account, name, description, author)
    addition = add_keywords(vocabulary=vocabulary, lines=lines, author=author)
    if to_mend := [line for line in addition.refused if line.needs_mending]:
        raise errors.KeywordsRefused(to_mend)
    return vocabulary, addition


@transaction.atomic
def import_vocabulary(
    *, account: Account, name: str, lines: KeywordLines, author: Author
) -> KeywordImport:
    """Create a vocabulary with those of the lines that are keywords, and report the others.

    Raises TooManyLibraries, LibraryNameTaken, InvalidText, or KeywordsFull; nothing is created
    then.
    """
    vocabulary = _create(account, name, "", author)
    return import_keywords(vocabulary=vocabulary, lines=lines, author=author)


def _create(account: Account, name: str, description: str, author: Author) -> Vocabulary:
    check_texts(name=name, description=description)
    locked_account(account.pk)
    if account.vocabularies.count() >= settings.MAX_VOCABULARIES:
        raise errors.TooManyLibraries(settings.MAX_VOCABULARIES)
    _check_name(account, name)
    vocabulary = Vocabulary.objects.create(account=account, name=name, description=description)
    record(actor=author, action="vocabulary.create", subject=name)
    return vocabulary


@transaction.atomic
def change_vocabulary(
    *, vocabulary: Vocabulary, name: str, description: str | None = None, author: Author
) -> None:
    """Give a vocabulary another name and description.

    description: None for as it is.

    Raises LibraryNameTaken, InvalidText, or Vocabulary.DoesNotExist if it was deleted meanwhile.
    """
    vocabulary = _locked(vocabulary)
    description = vocabulary.description if description is None else description
    check_texts(name=name, description=description)
    _check_name(vocabulary.account, name, but=vocabulary)
    changes = {"name": [vocabulary.name, name]} if name != vocabulary.name else {}
    vocabulary.name = name
    vocabulary.description = description
    vocabulary.save(update_fields=["name", "description", "changed_at"])
    record(actor=author, action="vocabulary.change", subject=name, details=changes)


@transaction.atomic
def delete_vocabulary(*, vocabulary: Vocabulary, author: Author) -> None:
    """Delete a vocabulary with its keywords.

    Raises LibraryInUse, or Vocabulary.DoesNotExist if it was deleted meanwhile.
    """
    vocabulary = _locked(vocabulary)
    record(
        actor=author,
        action="vocabulary.delete",
        subject=vocabulary.name,
        details={"keywords": vocabulary.keywords.count()},
    )
    _publish(vocabulary, [])
    try:
        vocabulary.delete()
    except ProtectedError as error:
        raise errors.LibraryInUse(list(map(str, places_of(vocabulary)))) from error


@transaction.atomic
def add_keywords(*, vocabulary: Vocabulary, lines: KeywordLines, author: Author) -> Addition:
    """Add the keywords that the vocabulary lacks, as far as there is room, and publish them.

    Raises Vocabulary.DoesNotExist if it was deleted meanwhile.
    """
    vocabulary = _locked(vocabulary)
    new = without_known(
        lines,
        _known(vocabulary, lines.keywords),
        room=settings.MAX_KEYWORDS - keyword_count(vocabulary.account),
        limit=settings.MAX_KEYWORDS,
    )
    if new.keywords:
        _insert(vocabulary, new.keywords)
        _changed(vocabulary, [keyword.text for keyword in new.keywords])
        record(
            actor=author,
            action="vocabulary.add_keywords",
            subject=vocabulary.name,
            details={"count": len(new.keywords)},
        )
    return Addition(len(new.keywords), new.refused)


@transaction.atomic
def import_keywords(
    *, vocabulary: Vocabulary, lines: KeywordLines, author: Author
) -> KeywordImport:
    """Add keywords as add_keywords() does, and keep for a while what became of the lines.

    Raises KeywordsFull if none is added for want of room, or Vocabulary.DoesNotExist if it was
    deleted meanwhile.
    """
    addition = add_keywords(vocabulary=vocabulary, lines=lines, author=author)
    refused = defaultdict(list)
    for line in addition.refused:
        refused[kind_of(line.reason)].append(line.shown_text.strip())
    if refused[Reason.QUOTA] and not addition.added_count:
        raise errors.KeywordsFull(settings.MAX_KEYWORDS)
    return KeywordImport.objects.create(
        vocabulary=vocabulary,
        added_count=addition.added_count,
        repeated=refused[Reason.KNOWN],
        too_long=refused[Reason.TOO_LONG],
        invalid=refused[Reason.SPECIAL],
        without_room=refused[Reason.QUOTA],
    )


@transaction.atomic
def delete_keywords(*, vocabulary: Vocabulary, keywords: KeywordQuerySet, author: Author) -> int:
    """Delete some of a vocabulary's keywords, publish it, and return how many there were.

    Raises Vocabulary.DoesNotExist if it was deleted meanwhile.
    """
    vocabulary = _locked(vocabulary)
    texts = list(keywords.values_list("text", flat=True))
    if texts:
        keywords.delete()
        _changed(vocabulary, texts)
        record(
            actor=author,
            action="vocabulary.delete_keywords",
            subject=vocabulary.name,
            details={"count": len(texts)},
        )
    return len(texts)


def keyword_count(account: Account) -> int:
    """Count the keywords of all the account's vocabularies."""
    return Keyword.objects.filter(vocabulary__account=account).count()


def _locked(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary as it is now, which nobody else can change or link until the commit."""
    locked_account(vocabulary.account_id)
    return Vocabulary.objects.select_related("account").get(pk=vocabulary.pk)


def _check_name(account: Account, name: str, *, but: Vocabulary | None = None) -> None:
    others = account.vocabularies.exclude(pk=but.pk) if but else account.vocabularies.all()
    if others.filter(name=name).exists():
        raise errors.LibraryNameTaken(name)


def _known(vocabulary: Vocabulary, keywords: Sequence[NewKeyword]) -> dict[str, str]:
    """Return spellings by folded form, of all that the vocabulary has or of those asked for."""
    stored = vocabulary.keywords.order_by()
    if len(keywords) <= _MAX_LOOKED_UP:
        stored = stored.filter(folded__in=[keyword.folded for keyword in keywords])
    return dict(stored.values_list("folded", "text"))


def _insert(vocabulary: Vocabulary, keywords: Iterable[NewKeyword]) -> None:
    """Insert the rows as they are: bulk_create() takes seven times as long for 100,000.

    All the while, nobody else can write to SQLite.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [(vocabulary.pk, keyword.text, keyword.folded, now) for keyword in keywords]
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)


def _changed(vocabulary: Vocabulary, texts: Sequence[str]) -> None:
    vocabulary.save(update_fields=["changed_at"])
    _publish(vocabulary, texts)


def _publish(vocabulary: Vocabulary, texts: Sequence[str]) -> None:
    """Have every process take over keywords that came or went; all of them if texts is empty."""
    few = 0 < len(texts) <= _MAX_PUBLISHED_KEYWORDS
    publish(
        account=vocabulary.account,
        topic=Publication.Topic.KEYWORDS,
        subject_id=vocabulary.pk,
        details={"keywords": list(texts)} if few else None,
    )
