"""What messages are put together from."""

import pytest

from ann_cli.errors import counted


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (2344, "2,344 rows")]
)
def test_a_noun_agrees_with_its_number(count, told):
    assert counted(count, "row") == told
