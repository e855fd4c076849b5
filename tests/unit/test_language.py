"""The learner's language: how it is chosen, and what notebooks are in it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from course_lib import paths
from course_lib.app import workspace
from course_lib.app.jupyterlab import lab_environment, lab_options
from course_lib.errors import CourseError
from course_lib.exercises import store
from course_lib.front_matter import read_chapter
from course_lib.language import choice
from course_lib.language.catalogues import entries
from course_lib.language.notebooks import front_matter, switch, translate
from course_tools.build.documents import texts, translated

NAME = "01_tasks"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace of its own, and a system that names no language."""
    for variable in (choice.VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    return tmp_path


def notebook(folder: Path = paths.NOTEBOOKS) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{NAME}.ipynb").read_bytes())
    return content


def texts_of(content: dict[str, Any], kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


# --- choice -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "language"),
    [
        ("LANG", "zh_CN.UTF-8", "zh"),
        ("LC_ALL", "zh_TW", "zh"),
        ("LC_MESSAGES", "de_DE.UTF-8", "en"),
        ("LANG", "C", "en"),
        ("COURSE_LANGUAGE", "ZH", "zh"),
    ],
)
def test_the_language_is_the_system_s(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, language: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert choice.current() == language


def test_a_choice_is_kept_and_the_variable_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    choice.choose("en")
    monkeypatch.delenv(choice.VARIABLE)
    assert choice.current() == "en"
    monkeypatch.setenv(choice.VARIABLE, "zh")
    assert choice.current() == "zh"


def test_an_unknown_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choice.VARIABLE, "fr")
    with pytest.raises(CourseError, match=r"no language 'fr': the course has en, zh"):
        choice.current()


def test_jupyterlab_and_its_kernels_have_the_language(place: Path) -> None:
    choice.choose("zh")
    assert lab_environment(dict(os.environ))[choice.VARIABLE] == "zh"
    (folder,) = (
        option.partition("=")[2]
        for option in lab_options({})
        if option.startswith("--LabApp.app_settings_dir=")
    )
    settings = json.loads((Path(folder) / "overrides.json").read_bytes())
    assert settings["@jupyterlab/translation-extension:plugin"] == {"locale": "zh_CN"}
    assert settings["@jupyterlab/notebook-extension:tracker"]["autoStartDefaultKernel"] is True


# --- notebooks ----------------------------------------------------------------------------------


def test_code_and_outputs_are_the_same_in_both_languages() -> None:
    english, chinese = notebook(), translate(notebook(), NAME, "zh")
    assert texts_of(chinese, "code") == texts_of(english, "code")
    outputs = [cell.get("outputs") for cell in english["cells"]]
    assert [cell.get("outputs") for cell in chinese["cells"]] == outputs
    assert [cell["id"] for cell in chinese["cells"]] == [cell["id"] for cell in english["cells"]]
    known = {entry.english for entry in entries("zh", NAME).values()}
    assert not known & set(texts_of(chinese, "markdown"))
    assert texts_of(chinese, "markdown")[0].startswith("# 01 · 任务")
    assert chinese["metadata"]["course"]["title"] == "任务"
    assert chinese["metadata"]["course"]["minutes"] == english["metadata"]["course"]["minutes"]


def test_english_needs_no_catalogue() -> None:
    assert translate(notebook(), NAME, "en") == notebook()
    chapter = read_chapter(paths.NOTEBOOKS / f"{NAME}.ipynb")
    assert front_matter(chapter, "en") == chapter
    assert front_matter(chapter, "zh").title == "任务"
    assert front_matter(chapter, "zh").can.startswith("把一个 Python 函数变成有名字")


def test_a_changed_text_stays_as_the_learner_wrote_it() -> None:
    mine = translate(notebook(), NAME, "zh")
    mine["cells"][3]["source"] = "my own note"
    back = switch(mine, NAME, "zh", "en")
    expected = notebook()
    expected["cells"][3]["source"] = "my own note"
    assert texts_of(back, "markdown") == texts_of(expected, "markdown")
    assert texts_of(back, "code") == texts_of(expected, "code")


def test_links_lead_to_the_headings_of_the_language() -> None:
    text = "\n".join(texts_of(translate(notebook(), NAME, "zh"), "markdown"))
    heading = next(
        entry.translated
        for entry in entries("zh", "19_at_work").values()
        if "## What is different here" in entry.english
    )
    anchor = next(line[3:] for line in heading.splitlines() if line.startswith("## "))
    assert f"](19_at_work.ipynb#{anchor.replace(' ', '-')})" in text
    assert "#What-is-different-here" not in text


# --- the learner's folder -----------------------------------------------------------------------


def test_a_learner_changes_the_language_and_loses_nothing(place: Path) -> None:
    choice.choose("en")
    workspace.lay()
    file = place / f"{NAME}.ipynb"
    mine = json.loads(file.read_bytes())
    code = next(cell for cell in mine["cells"] if cell["id"] == "ex-01-1-stub")
    code["source"], code["outputs"] = "answer = 42", [{"output_type": "stream", "text": "done"}]
    mine["cells"].append({"cell_type": "markdown", "id": "own", "metadata": {}, "source": "mine"})
    file.write_text(json.dumps(mine), encoding="utf-8")
    store.record("01.1", solved=True)
    before = mine

    choice.choose("zh")
    assert workspace.lay() == ["20 files were brought up to date."]  # all but this chapter
    chinese = json.loads(file.read_bytes())
    assert texts_of(chinese, "code") == texts_of(before, "code")
    assert texts_of(chinese, "markdown")[0].startswith("# 01 · 任务")
    assert texts_of(chinese, "markdown")[-1] == "mine"
    changed = next(cell for cell in chinese["cells"] if cell["id"] == "ex-01-1-stub")
    assert changed == code
    assert "并行任务" in (place / "04_parallel.ipynb").read_text(encoding="utf-8")
    assert store.read()["01.1"].solved
    assert workspace.lay() == []

    choice.choose("en")
    workspace.lay()
    assert texts_of(json.loads(file.read_bytes()), "markdown") == texts_of(before, "markdown")


def test_a_reset_chapter_is_in_the_language(place: Path) -> None:
    choice.choose("zh")
    workspace.lay()
    workspace.reset("01")
    assert texts_of(json.loads((place / f"{NAME}.ipynb").read_bytes()), "markdown")[0].startswith(
        "# 01 · 任务"
    )


# --- documents ----------------------------------------------------------------------------------

DOCUMENT = """\
# Title

<!-- chapters -->
| chapter | derived |
<!-- /chapters -->

A paragraph with `code`,
on two lines.

```
make lab
```

```
a/  what is in it
```

<details>
<summary>Without make</summary>

| `code` | to say |
|---|---|
| 12 | [`a`](b) |

</details>
"""


def test_pieces_of_a_document_are_prose_and_cells_of_tables() -> None:
    assert list(texts(DOCUMENT)) == [
        "# Title",
        "A paragraph with `code`,\non two lines.",
        "```\na/  what is in it\n```",
        "Without make",
        "to say",
    ]
    assert translated(DOCUMENT, lambda text: text) == DOCUMENT
    assert "| `code` | TO SAY |" in translated(DOCUMENT, str.upper)


def test_both_readmes_give_the_same_commands() -> None:
    english, chinese = (
        (paths.ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md")
    )
    assert "(README.zh.md)" in english.partition("\n## ")[0]
    assert "(README.md)" in chinese.partition("\n## ")[0]
    for command in ("make lab", "make test"):
        assert f"```\n{command}\n```" in english
        assert f"```\n{command}\n```" in chinese
