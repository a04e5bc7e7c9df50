"""The mail that benchmarks and tests are measured on: coherent, and no two messages alike."""

from __future__ import annotations

import email
import re
from collections import Counter
from collections.abc import Callable, Iterator
from types import ModuleType

BOUNDARY = re.compile(rb'boundary="?([^"\s;]+)', re.IGNORECASE)


def test_no_boundary_comes_twice(benchmark_mail: ModuleType, generate: Callable[..., Iterator[bytes]]) -> None:
    # the standard library's parser is half as fast again where a few hundred boundaries come again and again
    seen = Counter(found for message in generate(600, 2) for found in set(BOUNDARY.findall(message)))
    assert len(seen) > 400
    assert {boundary for boundary, count in seen.items() if count > 1} <= benchmark_mail.CONSTANT_BOUNDARIES


def test_the_parts_of_a_message_are_those_of_its_sample(benchmark_mail: ModuleType) -> None:
    import random

    for path in sorted(benchmark_mail.SAMPLES.glob("*.eml"))[::5]:
        before = email.message_from_bytes(path.read_bytes())
        after = email.message_from_bytes(benchmark_mail._Sample(path).render(random.Random(1)))
        assert [part.get_content_type() for part in after.walk()] == [
            part.get_content_type() for part in before.walk()
        ], path.stem
