"""Source: a public data set, where it lies, and which of its columns is what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from foretell.core.errors import BadMapping
from foretell.core.layout import TableLayout
from foretell.core.mapping import ColumnMapping

__all__ = ["NOT_STATED", "Source"]

NOT_STATED = "not stated"  # a licence that the publisher does not name
PACKED = (".zip", ".tar.gz", ".tgz", ".tar", ".gz")


@dataclass(frozen=True)
class Source:
    """What is known of one public data set; one file each in ``foretell/data/sources``.

    Parameters
    ----------
    name : name by which it is asked for; the name of its file.
    title : one line for people.
    accession : number in a public archive (GEO, Zenodo, a repository).
    species : of the cells.
    licence : as stated by the publisher of this copy, or `NOT_STATED`.
    reached : whether the address was ever reached by us, and where it was found.
    mapping : which column of the file is what.
    address : where to fetch it; None where it has to be fetched by hand.
    by_hand : how to get it where there is no address.
    file : name of what is downloaded; empty for ``<name>.h5ad``. Its ending says how it is packed.
    member : file inside an archive, given by the end of its path.
    suffix : ending of the data file.
    sha256, md5 : sums of what is downloaded. Without them the sum is recorded at the first fetch.
    size : bytes of what is downloaded.
    doi : of the publication.
    data_doi : of the deposit.
    citation : key in ``docs/references.bib``.
    collection : under which heading it is listed.
    n_obs, n_genes : rows and columns of the file, where publicly known; checked when it is opened.
    n_perturbations : labels other than controls and no-calls, likewise.
    layout : how it is laid out, where it is a table.
    notes : known defects and what to mind.
    """

    name: str
    title: str
    accession: str
    species: str
    licence: str
    reached: str
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    address: str | None = None
    by_hand: str = ""
    file: str = ""
    member: str = ""
    suffix: str = ".h5ad"
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    doi: str = ""
    data_doi: str = ""
    citation: str = ""
    collection: str = ""
    n_obs: int | None = None
    n_genes: int | None = None
    n_perturbations: int | None = None
    layout: TableLayout | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for problem, way_out in self._problems():
            raise BadMapping(f"source '{self.name}': {problem}", way_out)

    def _problems(self) -> list[tuple[str, str]]:
        """Return what is wrong with the record, each with its way out."""
        checks = [
            (not re.fullmatch(r"[a-z][a-z0-9_]*", self.name), "a name is lower case letters, "
             "digits and _", "rename it, and its file"),
            (not (self.licence and self.reached and self.title), "title, licence or reached is "
             "empty", f"say it; a licence that nobody names is '{NOT_STATED}'"),
            (self.address is None and not self.by_hand, "it has no address and no `by_hand`",
             "say in `by_hand` how to get the file"),
            (not _is_hex(self.sha256, 64), f"sha256 is {self.sha256!r}", "write 64 hex digits"),
            (not _is_hex(self.md5, 32), f"md5 is {self.md5!r}", "write 32 hex digits"),
            (bool(self.member) != (self.packing in PACKED[:4]), f"file is '{self.download}' and "
             f"member is '{self.member}'", "an archive needs a member; a single file has none"),
        ]  # fmt: skip
        return [(problem, way_out) for is_wrong, problem, way_out in checks if is_wrong]

    @property
    def ready(self) -> str:
        """Name of the file that is read in the end; its stem is the name of the data set."""
        return f"{self.name}{self.suffix}"

    @property
    def download(self) -> str:
        """Name of what is downloaded; sources that share an archive share this name."""
        return self.file or self.ready

    @property
    def packing(self) -> str:
        """Ending that says how the download is packed; empty where it is read as it is."""
        return next((end for end in PACKED if self.download.endswith(end)), "")

    @property
    def shape(self) -> dict[str, int]:
        """Expected numbers that are publicly known."""
        numbers = {
            "n_obs": self.n_obs,
            "n_genes": self.n_genes,
            "n_perturbations": self.n_perturbations,
        }
        return {name: number for name, number in numbers.items() if number is not None}


def _is_hex(text: str | None, digits: int) -> bool:
    return text is None or re.fullmatch(f"[0-9a-f]{{{digits}}}", text) is not None
