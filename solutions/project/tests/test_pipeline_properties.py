"""What holds for all records that a shop might send."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from shop_pipeline.records import REPORTS, check

MONDAY = date(2026, 3, 2)
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
FIELDS = sorted({field for kind in REPORTS.values() for field in kind.model_fields})
RAW = st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES))


@settings(deadline=None)  # on a busy machine a call may take long
@given(st.sampled_from(sorted(REPORTS)), RAW)
def test_nothing_gets_lost_whatever_comes(report: str, raw: list[dict]) -> None:
    batch = check(report, "north", MONDAY, raw)
    assert len(batch.records) + len(batch.rejected) == len(raw)
    assert {(record.shop, record.day) for record in batch.records} <= {("north", MONDAY)}
