"""Many clients at once: what they write down, and its picture."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from matplotlib.image import imread

from course_lib.chapters.ch16.concurrent_writers import TimedAnswer, answers_picture, write_at_once


class Refusing(BaseHTTPRequestHandler):
    """Knows flows, and is too busy for anything else."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        known = self.path.startswith("/api/flows")
        self.send_response(201 if known else 503)
        self.end_headers()
        if known:
            self.wfile.write(b'{"id": "1"}')

    def log_message(self, *_: object) -> None:
        pass


def test_clients_write_down_refusals_and_go_on() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answers = write_at_once(f"http://127.0.0.1:{server.server_port}/api", clients=2)
        server.shutdown()
    assert len(answers) == 12
    assert all(each.refused for each in answers)
    assert list(answers) == sorted(answers, key=lambda each: each.at)


def test_the_picture_says_whether_any_was_refused() -> None:
    busy = [TimedAnswer(503, 0.1, 0.2), TimedAnswer(201, 0.2, 0.3)]
    picture = answers_picture({"SQLite": busy, "PostgreSQL": busy[1:]})
    assert picture.alt.endswith("SQLite: some were refused; PostgreSQL: none was refused.")
    assert imread(io.BytesIO(picture.png)).shape[1] == 1440
