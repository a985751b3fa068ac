"""Network and NetworkInference: signed weighted directed graphs, prior or inferred."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.core.dataset import Dataset, Provenance
from foretell.core.errors import BadMapping, did_you_mean
from foretell.core.folder import atomic_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Network", "NetworkInference"]

COLUMNS = ("source", "target", "weight")


@dataclass(frozen=True, eq=False)
class Network:
    """Edges between named nodes; ``A[i, j]`` is the effect of node i on node j.

    Parameters
    ----------
    A : (n_nodes, n_nodes) CSR; the sign says activation or repression, 0 says no edge.
    nodes : (n_nodes,) names.
    name : what the network is called.
    context : context that it holds for, or empty.
    provenance : where it comes from.
    """

    A: Any
    nodes: np.ndarray
    name: str = "network"
    context: str = ""
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        if self.A.shape != (len(self.nodes), len(self.nodes)):
            raise BadMapping(
                f"A has shape {self.A.shape} for {len(self.nodes)} nodes",
                "give one row and one column per node",
            )
        if len(np.unique(self.nodes)) != len(self.nodes):
            raise BadMapping(
                "two nodes of a network have the same name", "rename one, or sum their edges"
            )

    @classmethod
    def from_edges(
        cls, edges: pd.DataFrame, *, nodes: Sequence[str] | None = None, **about: Any
    ) -> Network:
        """Build from a table ``source, target[, weight]``; repeated edges are summed."""
        import pandas as pd
        import scipy.sparse as sp

        for column in COLUMNS[:2]:
            if column not in edges.columns:
                raise BadMapping(
                    f"an edge list needs a column '{column}'", did_you_mean(column, edges.columns)
                )
        ends = edges[["source", "target"]].astype(str)
        names = np.unique(ends.to_numpy()) if nodes is None else np.asarray(nodes, dtype=str)
        index = pd.Index(names)
        rows, columns = index.get_indexer(ends["source"]), index.get_indexer(ends["target"])
        weight = edges["weight"].to_numpy(float) if "weight" in edges else np.ones(len(edges))
        keep = (rows >= 0) & (columns >= 0)
        size = (len(names), len(names))
        A = sp.coo_matrix((weight[keep], (rows[keep], columns[keep])), shape=size).tocsr()
        return cls(A, names, **about)

    @property
    def n_edges(self) -> int:
        """Number of stored edges."""
        return int(self.A.nnz)

    def edges(self) -> pd.DataFrame:
        """Return the table ``source, target, weight[, context]``."""
        import pandas as pd

        coo = self.A.tocoo()
        table = {
            "source": self.nodes[coo.row],
            "target": self.nodes[coo.col],
            "weight": coo.data,
        }
        frame = pd.DataFrame(table)
        return frame.assign(context=self.context) if self.context else frame

    def save(self, path: Path) -> None:
        """Write parquet, whole or not at all."""
        atomic_file(path, lambda part: self.edges().to_parquet(part))

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read parquet."""
        import pandas as pd

        table = pd.read_parquet(path)
        contexts = table["context"].unique() if "context" in table else [""]
        if len(contexts) != 1:
            raise BadMapping(
                f"{path} holds networks of {len(contexts)} contexts", "select one context"
            )
        return cls.from_edges(table, name=Path(path).stem, context=str(contexts[0]))


class NetworkInference(ABC):
    """A dataclass that infers a network from data."""

    @abstractmethod
    def infer(self, dataset: Dataset) -> Network:
        """Return the inferred network over the data set's genes."""
