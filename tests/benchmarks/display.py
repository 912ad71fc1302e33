"""What a training costs that is drawn on a terminal, beside the same with -q, in turn.

    python tests/benchmarks/display.py [PAIRS]

Seconds are those of the epochs alone, as metrics.json has them; processor seconds those of the
whole command. Each figure is the median of the pairs' ratios.
"""

import fcntl
import json
import os
import statistics
import struct
import sys
import tempfile
import termios
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANN = str(Path(sys.executable).with_name("ann"))
CONFIG = ROOT / "configs" / "house_prices.yaml"
ROW_BY_ROW = (
    "layers=[{units: 8, activation: tanh}]",
    "optimizer={name: sgd, learning_rate: 0.001}",
    "batch_size=1",
    "engine=numba",
    "epochs=12000",
)
CASES = {
    "4-8-1, row by row, compiled, 12,000 epochs": ROW_BY_ROW,
    "4-64-64-1, batches of 32, NumPy, 500 epochs": ("epochs=500",),
}


def trained(settings: tuple[str, ...], folder: Path, *options: str) -> tuple[float, float]:
    """Return the seconds of the epochs and the processor seconds of a command on a terminal."""
    arguments = [ANN, "train", str(CONFIG), "--restart", *options, "--set", "save_to=run"]
    for each in settings:
        arguments += ["--set", each]
    screen, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
    pid = os.fork()
    if not pid:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(terminal, 2)
        os.execve(ANN, arguments, {**os.environ, "TERM": "xterm-256color"})
    os.close(terminal)
    try:
        while os.read(screen, 65536):
            pass
    except OSError:  # the last writer has gone
        pass
    _, status, used = os.wait4(pid, 0)
    os.close(screen)
    assert status == 0, f"{arguments} ended with {status}"
    seconds = json.loads((folder / "run" / "metrics.json").read_text())["seconds"]
    return seconds, used.ru_utime + used.ru_stime


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, settings in CASES.items():
            trained(settings, folder)  # compiles where that is to be done
            found = []
            for number in range(pairs):
                order = ((), ("-q",)) if number % 2 else (("-q",), ())
                took = {options: trained(settings, folder, *options) for options in order}
                found.append((took[()], took[("-q",)]))
            for what, at in (("training", 0), ("processor", 1)):
                ratio = statistics.median(shown[at] / quiet[at] for shown, quiet in found)
                quiet = statistics.median(each[1][at] for each in found)
                print(f"{name}: {what} {quiet:.2f} s, drawn {ratio:.3f} x", flush=True)


if __name__ == "__main__":
    main()
