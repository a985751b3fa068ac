import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_installed_version_is_the_one_in_the_source():
    source = (ROOT / "src/foretell/_version.py").read_text()
    assert metadata.version("foretell") == re.search(r'__version__ = "(.+)"', source).group(1)


def test_citation_names_the_version():
    assert f"version: {metadata.version('foretell')}" in (ROOT / "CITATION.cff").read_text()
