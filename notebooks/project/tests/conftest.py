"""Properties are tried on the same examples each time; what isn't written yet isn't tested."""

from pathlib import Path

from hypothesis import settings

PACKAGE = Path(__file__).parents[1] / "shop_pipeline"

settings.load_profile("ci")  # Hypothesis's own: the same examples, no time limit
collect_ignore = [] if (PACKAGE / "scripts.py").exists() else ["test_pipeline_scripts.py"]
