"""`python -m stormproof.cli`."""

import sys

from stormproof.cli.main import main

sys.exit(main())
