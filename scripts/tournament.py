"""The door for newcomers to `untold tournament`: `python scripts/tournament.py --help`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from scripts.cli.main import main

    sys.exit(main(["tournament", *sys.argv[1:]]))
