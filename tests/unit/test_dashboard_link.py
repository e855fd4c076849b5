"""The dashboard's address, as the learner's browser needs it."""

from pathlib import Path

import pytest

from course_lib.server import dashboard_link

HOME = Path("home").absolute()
ADA = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"}
PUBLIC = ADA | {"JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ada/"}
PAGE = {dashboard_link.HAS_PAGE: "1"}
CODESPACE = {
    "CODESPACE_NAME": "fuzzy-waffle",
    "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "app.example",
}


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, "http://127.0.0.1:4201"),
        (PAGE, "http://127.0.0.1:4201"),
        ({"JUPYTERHUB_SERVICE_PREFIX": "/"}, "http://127.0.0.1:4201"),
        (ADA, "/user/ada/proxy/absolute/4201/"),
        (ADA | PAGE, "/user/ada/prefect"),
        ({"JUPYTERHUB_SERVICE_PREFIX": "user/ada"}, "/user/ada/proxy/absolute/4201/"),
        (PUBLIC, "https://hub.example/user/ada/proxy/absolute/4201/"),
        (PUBLIC | PAGE, "https://hub.example/user/ada/prefect"),
        (CODESPACE, "https://fuzzy-waffle-4201.app.example"),
        ({"CODESPACE_NAME": "fuzzy-waffle"}, "http://127.0.0.1:4201"),
    ],
)
def test_the_address_is_one_that_the_browser_reaches(
    variables: dict[str, str], address: str
) -> None:
    assert dashboard_link.address(4201, variables) == address
    assert dashboard_link.can_be_clicked(address) == ("://" in address)


def test_the_dashboard_asks_the_host_that_it_came_from() -> None:
    assert dashboard_link.settings(HOME, 4201, {}) == {"PREFECT_SERVER_UI_API_URL": "/api"}


def test_behind_a_hub_the_server_builds_its_pages_for_the_path() -> None:
    assert dashboard_link.settings(HOME, 4201, ADA) == {
        "PREFECT_SERVER_UI_API_URL": "/user/ada/proxy/4201/api",
        "PREFECT_SERVER_UI_SERVE_BASE": "/user/ada/proxy/absolute/4201",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(HOME / "ui"),
        "PREFECT_UI_URL": "/user/ada/proxy/absolute/4201",
    }


def test_a_link_holds_no_html_of_a_users_name() -> None:
    assert "<b>" not in dashboard_link.as_html("/user/<b>/prefect", "Dashboard:")
