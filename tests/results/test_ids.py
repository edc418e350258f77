"""Keys of detection results."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from results.ids import first_id_of, new_result_id


def test_they_grow_with_time_and_do_not_repeat() -> None:
    ids = [new_result_id() for _ in range(10_000)]

    now = datetime.now(UTC)
    assert len(set(ids)) == len(ids)
    assert first_id_of(now - timedelta(minutes=1)) < min(ids)
    assert max(ids) < first_id_of(now + timedelta(minutes=1))


def test_a_forked_process_counts_from_another_number() -> None:
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, str(new_result_id()).encode())
        os._exit(0)
    own = new_result_id()
    os.wait()
    of_child = int(os.read(reader, 100))
    os.close(reader)
    os.close(writer)

    low_bits = (1 << 20) - 1
    assert own & low_bits != of_child & low_bits
