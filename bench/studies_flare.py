"""The same Newton iterations in the NVIDIA FLARE simulator: three clients hold a table each and send their sums.

Run by ``bench.studies`` with the Python of an environment that has nvflare (``uv pip install --group peers-federated``, or
``pip install nvflare pyarrow``). Prints one line of JSON: seconds of the whole simulation, and from the first line of
the server's code until the last round; the coefficients.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

_FLARE_HELD: dict[str, tuple[np.ndarray, np.ndarray]] = {}


def sums(x: np.ndarray, y: np.ndarray, beta: np.ndarray) -> dict[str, np.ndarray]:
    """What a client sends: score, information, log-likelihood."""
    eta = x @ beta
    mean = 1 / (1 + np.exp(-eta))
    weight = mean * (1 - mean)
    loglik = float(y @ eta - np.logaddexp(0, eta).sum())
    return {"score": x.T @ (y - mean), "information": x.T @ (x * weight[:, None]), "loglik": np.array(loglik)}


try:
    from nvflare.collab import CollabRecipe, collab
    from nvflare.recipe.sim_env import SimEnv
except ImportError:
    collab = None

if collab is not None:

    @collab.publish
    def load(files: dict[str, str]) -> int:
        """Read the client's own table."""
        import pyarrow.parquet as pq

        table = pq.read_table(files[collab.site_name])
        names = [name for name in table.column_names if name.startswith("x")]
        x = np.column_stack([np.ones(table.num_rows), *(table[name].to_numpy() for name in names)])
        _FLARE_HELD[collab.site_name] = x, table["ill"].to_numpy()
        return table.num_rows

    @collab.publish
    def step(beta: np.ndarray) -> dict[str, np.ndarray]:
        """The client's sums at the server's coefficients."""
        return sums(*_FLARE_HELD[collab.site_name], beta)

    @collab.main
    def newton() -> None:
        """Newton's method over the clients, as in ``bench.studies``."""
        files, out = collab.get_app_prop("files"), collab.get_app_prop("out")
        begun = time.perf_counter()
        list(collab.clients.load(files))
        read = time.perf_counter()
        beta, rounds = np.zeros(collab.get_app_prop("size")), 0
        while rounds < 25:
            rounds += 1
            parts = [dict(result) for _, result in collab.clients.step(beta)]
            score = sum(np.asarray(part["score"]) for part in parts)
            move = np.linalg.solve(sum(np.asarray(part["information"]) for part in parts), score)
            beta = beta + move
            if score @ move <= 1e-20 * (1 + abs(sum(float(part["loglik"]) for part in parts))):
                break
        done = time.perf_counter()
        told = {"read": read - begun, "rounds": rounds, "fit": done - read, "beta": beta.tolist()}
        Path(out).write_text(json.dumps(told), encoding="utf-8")


def main(files: list[str]) -> None:
    """Simulate the clients, one thread each."""
    if collab is None:
        sys.exit("nvflare is not installed in this environment")
    begun = time.perf_counter()
    sites = [f"site-{at}" for at in range(1, len(files) + 1)]
    with tempfile.TemporaryDirectory() as folder:
        recipe = CollabRecipe(job_name="newton", min_clients=len(sites), sync_task_timeout=120)
        out = Path(folder) / "told.json"
        recipe.set_server_prop("files", dict(zip(sites, files, strict=True)))
        recipe.set_server_prop("out", str(out))
        recipe.set_server_prop("size", 21)
        recipe.execute(SimEnv(clients=sites, num_threads=len(sites), workspace_root=folder))
        told = json.loads(out.read_text(encoding="utf-8"))
    print("FLARE " + json.dumps({**told, "whole": time.perf_counter() - begun}))


if __name__ == "__main__":
    main(sys.argv[1:])
