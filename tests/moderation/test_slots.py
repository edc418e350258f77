"""Places for pictures: never more than there are, and nobody is overtaken."""

import threading
import time

import pytest

from moderation.errors import RateExceeded
from moderation.slots import Slots


def waiting_count(slots):
    return len(slots._waiting)


class TestSlots:
    def test_no_more_are_inside_than_there_are_places(self):
        slots = Slots(3)
        inside, most, lock = 0, 0, threading.Lock()

        def work():
            nonlocal inside, most
            with slots.taken():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.002)
                with lock:
                    inside -= 1

        threads = [threading.Thread(target=work) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert most == 3

    def test_places_are_given_in_the_order_of_asking(self):
        slots = Slots(1)
        order = []

        def work(number):
            with slots.taken():
                order.append(number)

        threads = []
        with slots.taken():
            for number in range(8):
                threads.append(threading.Thread(target=work, args=[number]))
                threads[-1].start()
                while waiting_count(slots) <= number:
                    time.sleep(0.001)
        for thread in threads:
            thread.join()

        assert order == list(range(8))

    def test_a_place_comes_back_after_an_error(self):
        slots = Slots(1)

        with pytest.raises(ZeroDivisionError), slots.taken():
            _ = 1 / 0

        with slots.taken():
            pass

    def test_whoever_waits_too_long_is_refused_and_leaves_the_queue(self):
        slots = Slots(1)

        with slots.taken(), pytest.raises(RateExceeded), slots.taken(patience_s=0.01):
            pass

        assert waiting_count(slots) == 0
        with slots.taken(patience_s=0.01):
            pass
