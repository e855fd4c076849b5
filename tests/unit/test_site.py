"""What the site is made of: small chapters as pages, and a small course built by Sphinx."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import paths
from course_lib.app import cli
from course_lib.errors import CourseError
from course_lib.front_matter import cell_texts, chapters, exercise_ids, read_chapter
from course_tools.build.stable_outputs import dumps
from course_tools.site import building, pages

FRONT = {
    "title": "Small",
    "minutes": 10,
    "deeper_minutes": 0,
    "exercise_minutes": 9,
    "needs": [],
    "can": "see.",
}
HINTS = {"31.1": ["Look at `a < b`.", "Then *turn* it."]}
ALT = 'Three "bars" <side by side>'
VIEW = {"application/vnd.jupyter.widget-view+json": {"model_id": ""}}


def text(id: str, source: str) -> Any:
    return new_markdown_cell(source, id=id)


def drawn(data: dict[str, Any], **of_png: Any) -> Any:
    return new_output("display_data", data=data, metadata={"image/png": of_png} if of_png else {})


def code(id: str, *outputs: Any) -> Any:
    return new_code_cell("work()", id=id, outputs=list(outputs))


def chapter(folder: Path, *cells: Any) -> Path:
    metadata = {"course": FRONT, "language_info": {"name": "python"}}
    nb = new_notebook(cells=[text("title", "# 31 · Small"), *cells], metadata=metadata)
    path = folder / "31_small.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(nb), encoding="utf-8")
    return path


def page(folder: Path, *cells: Any, repository: str = "", **labels: str) -> dict[str, Any]:
    """Return the cells of a chapter's page, by their ids, in order."""
    found = read_chapter(chapter(folder, *cells))
    places = {f"31_small/{cell}": label for cell, label in labels.items()}
    return {cell.id: cell for cell in pages.chapter_page(found, HINTS, places, repository).cells}


def shown(folder: Path, output: Any) -> dict[str, Any]:
    data: dict[str, Any] = page(folder, code("work", output))["work"].outputs[0].data
    return data


# --- a chapter's page ----------------------------------------------------------------------------


def test_a_picture_gets_its_alt_text(tmp_path: Path) -> None:
    data = shown(tmp_path, drawn({"image/png": "AA\nBB\n", "text/plain": "bars"}, alt=ALT, width=9))
    assert data == {
        "text/plain": "bars",
        "text/html": '<img alt="Three &quot;bars&quot; &lt;side by side&gt;" width="9" '
        'src="data:image/png;base64,AABB">',
    }


def test_a_picture_without_an_alt_text_gets_its_plain_one(tmp_path: Path) -> None:
    data = shown(tmp_path, drawn({"image/png": "AA", "text/plain": "bars"}))
    assert data["text/html"] == '<img alt="bars" src="data:image/png;base64,AA">'


def test_what_is_html_stays(tmp_path: Path) -> None:
    data = {"text/html": '<img alt="bars" src="data:,">', "text/plain": "bars"}
    assert shown(tmp_path, drawn(data)) == data
    assert shown(tmp_path, drawn(data | {"image/png": "AA"}, alt="other")) == data


def test_a_widget_is_its_text_and_its_saved_picture(tmp_path: Path) -> None:
    bundle = VIEW | {"image/png": "AA", "text/plain": "Play: <n>."}
    data = shown(tmp_path, drawn(bundle, alt="bars"))
    assert data["text/html"] == (
        '<p class="live">Play: &lt;n&gt;.</p><img alt="bars" src="data:image/png;base64,AA">'
    )
    assert set(data) == {"text/plain", "text/html"}


def test_a_widget_without_a_picture_is_its_text(tmp_path: Path) -> None:
    data = shown(tmp_path, drawn(VIEW | {"text/plain": "Play."}))
    assert data == {"text/plain": "Play.", "text/html": '<p class="live">Play.</p>'}


def test_an_output_with_nothing_to_show_is_left_out(tmp_path: Path) -> None:
    printed = new_output("stream", text="done")
    work = page(tmp_path, code("work", drawn(VIEW | {"text/plain": ""}), printed))["work"]
    assert work.outputs == [printed]


def test_hints_are_folded_below_the_check(tmp_path: Path) -> None:
    cells = page(tmp_path, code("ex-31-1-stub"), code("ex-31-1-check"), text("after", "Go on."))
    assert list(cells)[-3:] == ["ex-31-1-check", "ex-31-1-check-hints", "after"]
    assert cells["ex-31-1-check-hints"].source.splitlines() == [
        '<details class="hint"><summary>Hint 1 of 2</summary><p>Look at `a &lt; b`.</p></details>',
        '<details class="hint"><summary>Hint 2 of 2</summary><p>Then *turn* it.</p></details>',
    ]


def test_the_way_to_binder_needs_a_repository(tmp_path: Path) -> None:
    without = page(tmp_path)["ways-to-run"].source
    assert 'href="31_small.ipynb"' in without
    assert "binder" not in without.lower()
    with_one = page(tmp_path, repository="me/mine")["ways-to-run"].source
    address = "https://mybinder.org/v2/gh/me/mine/HEAD?urlpath=lab/tree/31_small.ipynb"
    assert f'<a href="{address}">Open in Binder</a>' in with_one


def test_a_cell_that_the_guide_names_has_a_label(tmp_path: Path) -> None:
    cells = page(tmp_path, code("work"), code("rest"), work="31_small-work")
    assert list(cells)[-3:] == ["label-work", "work", "rest"]
    assert cells["label-work"].source == "(31_small-work)="


def test_the_real_pages_have_all_hints_and_no_solutions(tmp_path: Path) -> None:
    pages.write(paths.ROOT, tmp_path)
    for master in chapters(paths.SOLUTIONS):
        path = tmp_path / "notebooks" / master.path.name
        cells = cell_texts(path)
        tests = [f"ex-{exercise.replace('.', '-')}" for exercise in exercise_ids(master.path)]
        assert [id for id in cells if id.endswith("-hints")] == [f"{e}-check-hints" for e in tests]
        text = path.read_text(encoding="utf-8")
        assert "instructor-" not in text
        assert "-solution" not in "".join(cells)
        assert "widget-view" not in text


# --- the whole -----------------------------------------------------------------------------------


def small_course(folder: Path, *cells: Any, guide: str = "# Guide\n") -> Path:
    """Lay a course of one chapter."""
    chapter(folder / "notebooks", *cells)
    (folder / "instructor").mkdir()
    (folder / "instructor" / "guide.md").write_text(guide)
    sheet = "<main>\n<h2>31 Small</h2>\n<p><b>work</b> <code>work()</code></p>\n</main>"
    (folder / "instructor" / "cheatsheet.html").write_text(sheet)
    (folder / ".github").mkdir()
    shutil.copy(paths.ROOT / ".github" / "chapter.png", folder / ".github")
    return folder


def need_sphinx() -> None:
    if find_spec("myst_nb") is None:
        pytest.skip("no Sphinx: `make site` adds it")


def test_links_lead_to_headings_and_cells(tmp_path: Path) -> None:
    need_sphinx()
    linked = "[here](31_small.ipynb#What-is-here) and [there](#What-is-here)"
    guide = (
        "# Guide\n\n[31](../solutions/31_small.ipynb), "
        "[`work`](../solutions/31_small.ipynb#cell-id=work), "
        "[`note`](../solutions/31_small.ipynb#cell-id=note), [sheet](cheatsheet.html)\n"
    )
    cells = [text("a", linked), code("work"), text("b", "## What is here")]
    site = tmp_path / "site"
    building.build(small_course(tmp_path / "course", *cells, guide=guide), site)
    html = (site / "notebooks" / "31_small.html").read_text(encoding="utf-8")
    assert html.count('href="#what-is-here"') >= 2
    assert 'id="what-is-here"' in html
    assert 'id="small-work"' in html
    html = (site / "instructor" / "guide.html").read_text(encoding="utf-8")
    assert 'href="../notebooks/31_small.html#small-work"' in html
    assert 'href="../cheatsheet.html"' in html
    assert "#cell-id" not in html
    sheet = (site / "cheatsheet.html").read_text(encoding="utf-8")
    assert "<h2>31 Small<a " in sheet  # a heading of the page, with a link to it
    assert "<code>work()</code>" in sheet


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    need_sphinx()
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("of before")
    course = small_course(
        tmp_path / "course", text("a", "[x](31_small.ipynb#Gone), [y](32_no.ipynb)")
    )
    with pytest.raises(CourseError, match=r"(?s)could not build.*31_small\.ipynb.*Gone") as raised:
        building.build(course, site)
    assert "32_no.ipynb" in str(raised.value)
    assert (site / "index.html").read_text() == "of before"


def test_a_repository_has_an_owner(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["site", "--repository", "https://mine"]) == 1
    assert capsys.readouterr().err == (
        "A repository is named like owner/name, and not 'https://mine'.\n"
    )


def test_the_workflow_publishes_what_is_built() -> None:
    file = paths.ROOT / ".github" / "workflows" / "site.yml"
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert {"run": "make site"} in steps
    (path,) = (step["with"]["path"] for step in steps if "upload-pages" in step.get("uses", ""))
    assert paths.ROOT / path == paths.SITE
