"""Tables of what runs left behind: their artifacts, and the events that the server noted."""

from collections.abc import Sequence
from uuid import UUID

from course_lib.records.artifacts import Artifact
from course_lib.records.events import Event
from course_lib.table import Table, table_with_notes

_WIDTH = 48


def show_events(events: Sequence[Event]) -> Table:
    """List events: what happened, to whom, and which of the other events led to it."""
    names: dict[UUID | None, str] = {event.id: event.name for event in events}
    rows = [(event.name, event.who, names.get(event.cause, "")) for event in events]
    return table_with_notes(("event", "about", "because of"), rows)


def show_artifacts(artifacts: Sequence[Artifact]) -> Table:
    """List artifacts: their keys and types, and the beginning of what they say."""
    rows = tuple((each.key, each.type, _beginning(each)) for each in artifacts)
    return Table(("key", "type", "what it says"), rows)


def _beginning(artifact: Artifact) -> str:
    if artifact.type == "table":
        return f"{len(artifact.data)} row{'' if len(artifact.data) == 1 else 's'}"
    text = " ".join(str(artifact.data).split())
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
