"""``python -m vidsearch_sdk`` is the command ``vidsearch``."""

import sys

from vidsearch_sdk.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
