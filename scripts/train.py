"""The door for newcomers to `untold train`, from any folder: `python scripts/train.py --help`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from scripts.cli.main import main

    sys.exit(main(["train", *sys.argv[1:]]))
