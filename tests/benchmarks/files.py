"""Peak memory and processor time of rows in many files, here and on a web server, streamed.

    python tests/benchmarks/files.py

Whole commands on 4 files of 75,000 rows, then on 32: 8 times the rows.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from processes import measured

sys.path.append(str(Path(__file__).parents[1]))
from web import serving

ANN = str(Path(sys.executable).with_name("ann"))
ROWS, FEW, MANY = 75_000, 4, 32
CONFIG = """\
data: {file: x, target: y, stream: true}
layers: [{units: 8}]
batch_size: 512
epochs: 1
engine: numpy
"""


def main() -> None:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{at}": draw.normal(size=ROWS).round(5) for at in range(5)})
    frame["k"] = draw.choice(["a", "b", "c"], ROWS)
    frame["y"] = (frame.x0 * frame.x1 + (frame.k == "a")).round(4)
    with tempfile.TemporaryDirectory() as place, serving(Path(place)) as site:
        folder = Path(place)
        (folder / "config.yaml").write_text(CONFIG)
        for count in (FEW, MANY):
            (folder / str(count)).mkdir()
            for at in range(count):
                frame.to_csv(folder / str(count) / f"{at:02}.csv", index=False)
                frame.to_parquet(folder / str(count) / f"{at:02}.parquet", row_group_size=25_000)
        for kind in ("csv", "parquet"):
            for where in (".", site.address):
                found = []
                for count in (FEW, MANY):
                    file = f"data.file={where}/{count}/*.{kind}"
                    train = [ANN, "train", "config.yaml", "-q", "--restart", "--set", file]
                    found.append(measured(train, folder))
                told = "; ".join(f"{size:.0f} MB, {seconds:.1f} s" for seconds, size in found)
                print(f"{kind} {'here' if where == '.' else 'by HTTP'}, {FEW} and {MANY}: {told}")


if __name__ == "__main__":
    main()
