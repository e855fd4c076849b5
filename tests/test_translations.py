"""The translations are complete, and each keeps what its English says."""

import re
from pathlib import Path

import pytest
from polib import POEntry

import course_lib as course
from course_lib import paths
from course_lib.front_matter import chapters
from course_lib.language.catalogues import MESSAGES, entries, file, messages
from course_lib.language.choice import ENGLISH, LANGUAGES, Language
from course_lib.language.notebooks import front_matter
from course_tools.build.markdown import DOCUMENTS
from course_tools.build.translations import catalogues, read, updated
from tests.translation_rules import complaints

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
NAMES = [*(chapter.name for chapter in chapters(paths.SOLUTIONS)), DOCUMENTS, MESSAGES]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", OTHERS)
def test_each_text_is_translated_and_keeps_what_it_says(language: Language, name: str) -> None:
    found = read(file(language, name))
    assert found
    wrong = [
        f"{entry.msgctxt}: {complaint}"
        for entry in found
        for complaint in (
            ["its English has changed since: look at it, and remove 'fuzzy'"]
            if entry.fuzzy
            # What course_lib says has fields, and rules of its own: see tests/unit/test_messages.py.
            else complaints(entry.msgid, entry.msgstr, language)
            if name != MESSAGES or not entry.msgstr
            else []
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_catalogues_have_the_course_s_texts_and_no_others() -> None:
    wanted = catalogues(paths.ROOT)
    assert {path.stem for path in wanted} == set(NAMES)
    changed = [path.name for path, text in wanted.items() if path.read_text("utf-8") != text]
    assert not changed, "run `course notebooks --documents`, then translate what is new"


def test_new_english_is_empty_and_changed_english_is_fuzzy(tmp_path: Path) -> None:
    path = tmp_path / "zh" / "01_tasks.po"
    path.parent.mkdir()

    def update(*source: tuple[str, str]) -> list[POEntry]:
        path.write_text(updated(path, "01_tasks", dict.fromkeys(source, ())), encoding="utf-8")
        return list(read(path))

    (entry,) = update(("text", "A task is recorded."))
    assert (entry.msgctxt, entry.msgstr, entry.fuzzy) == ("text", "", False)
    head, end = path.read_text("utf-8").rsplit('msgstr ""', 1)
    path.write_text(f'{head}msgstr "任务会留下记录。"{end}', encoding="utf-8")
    (same,) = update(("text", "A task is recorded."))
    assert (same.msgstr, same.fuzzy) == ("任务会留下记录。", False)
    for _ in range(2):  # it stays so until somebody has looked at it
        changed, new = update(("text", "Each task is recorded."), ("more", "It ends."))
        assert (changed.msgstr, changed.fuzzy) == ("任务会留下记录。", True)
        assert changed.previous_msgid == "A task is recorded."
        assert (new.msgstr, new.fuzzy) == ("", False)
    (left,) = update(("more", "It ends."))
    assert left.msgctxt == "more"


FAITHFUL = "**Predict.** Is `submit` done in 3 seconds? See [01](01_tasks.ipynb)."
GOOD = "**预测。** `submit` 会在 3 秒内完成吗？见 [01](01_tasks.ipynb)。"


@pytest.mark.parametrize(
    ("english", "translated", "complaint"),
    [
        (FAITHFUL, GOOD, ""),
        (FAITHFUL, "", "isn't translated"),
        (FAITHFUL, GOOD.replace("`submit`", "`map`"), "code"),
        (FAITHFUL, GOOD.replace(" 3 ", "三"), "numbers"),
        (FAITHFUL, GOOD.replace("01_tasks", "02_flows"), "links"),
        (FAITHFUL, GOOD.replace("**预测。**", "预测。"), "blocks"),
        (FAITHFUL, GOOD.replace("？", "?"), "half width"),
        (FAITHFUL, GOOD.replace("` 会", "`会"), "a blank is missing"),
        (FAITHFUL, GOOD.replace("，", " ，").replace("见 ", "见， "), "a blank too many"),
        ("**Predict.** Is it?", "**预测。**它是吗？", "asterisk"),
        (FAITHFUL, GOOD + "This was not done by anybody yet.", "English is left"),
        (FAITHFUL, GOOD + "好!", "isn't used"),
        ("A task run ends.", "一次任务执行结束。", "task run is 任务运行"),
        ("It waits for a slot.", "它等一个插槽。", "never 插槽"),
        (
            "See [04 · Parallel tasks](04_parallel.ipynb).",
            "见 [04 · 平行](04_parallel.ipynb)。",
            "called",
        ),
        ("# One\n\n- a\n- b", "# 一\n\n- 甲", "blocks"),
        ("<kbd>Esc</kbd> ends {name}", "{name} 结束", "tags"),
        ("It is {name}.", "是它。", "fields"),
    ],
)
def test_rules_find_what_a_translation_lost(english: str, translated: str, complaint: str) -> None:
    found = complaints(english, translated, "zh")
    assert complaint in "\n".join(found) if complaint else not found, found


@pytest.mark.parametrize("language", OTHERS)
def test_progress_and_checks_call_chapters_and_exercises_as_the_chapters_do(
    language: Language,
) -> None:
    said = messages(language)
    for chapter in chapters(paths.SOLUTIONS):
        assert said[chapter.title] == front_matter(chapter, language).title
        for entry in entries(language, chapter.name).values():
            english, translated = (
                re.findall(r"^### \S+ (\d\d\.\d)[:：] ?(.+)$", text, re.MULTILINE)
                for text in (entry.english, entry.translated)
            )
            for (id, _), (same, title) in zip(english, translated, strict=True):
                assert (id, title) == (same, said[course.exercise(id).title])
