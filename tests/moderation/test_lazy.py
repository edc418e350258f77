"""Attributes that are computed once, each object for itself."""

import threading

from moderation.lazy import once


class TestOnce:
    def test_a_value_is_computed_once_for_each_object(self):
        class Square:
            computed = 0

            def __init__(self, side):
                self.side = side

            @once
            def area(self):
                Square.computed += 1
                return self.side**2

        small, large = Square(2), Square(3)

        assert [small.area, small.area, large.area, large.area] == [4, 4, 9, 9]
        assert Square.computed == 2

    def test_two_objects_are_computed_at_the_same_time(self):
        both_inside = threading.Barrier(2, timeout=10)

        class Meeting:
            @once
            def place(self):
                both_inside.wait()  # breaks if the other thread has to wait for a lock
                return "here"

        places = []
        threads = [
            threading.Thread(target=lambda: places.append(Meeting().place)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert places == ["here", "here"]
