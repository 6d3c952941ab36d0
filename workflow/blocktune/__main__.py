"""`python -m blocktune`."""

import sys

from .cli.main import main

sys.exit(main())
