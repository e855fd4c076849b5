"""Sphinx's configuration. The pages that it is for are written by `pages`."""

from importlib import metadata

project = "Prefect, hands on"
extensions = ["myst_nb"]
smartquotes = False  # what is written is what is shown and found

nb_execution_mode = "off"  # outputs are the stored ones
nb_merge_streams = True
suppress_warnings = ["misc.highlighting_failure"]  # %%writefile cells hold YAML, TOML and more
myst_heading_anchors = 4
myst_heading_slug_func = "course_tools.site.pages.anchor"

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "static/icon.svg"
html_copy_source = False
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
html_theme_options = {
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "navbar_persistent": [],
    "use_fullscreen_button": False,
    "use_download_button": False,  # of Sphinx's source; chapters have a link to the notebook
    "search_bar_text": "Search the course",
    "footer_content_items": ["extra-footer.html"],
    "extra_footer": f"<p>For Prefect {metadata.version('prefect')}. Licence: MIT.</p>",
}
