import string
from concurrent.futures import ThreadPoolExecutor

from claimsmith.domain.random_digits import DRAWN_AT_A_TIME, RandomDigits


def test_texts_have_the_length_and_never_repeat():
    digits = RandomDigits(16)
    taken = [digits.take() for _ in range(3 * DRAWN_AT_A_TIME + 1)]
    assert len(set(taken)) == len(taken)
    assert all(len(text) == 16 and set(text) <= set(string.hexdigits.lower()) for text in taken)


def test_threads_never_get_the_same():
    digits = RandomDigits(32)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: digits.take(), range(20 * DRAWN_AT_A_TIME)))
    assert len(set(taken)) == len(taken)
