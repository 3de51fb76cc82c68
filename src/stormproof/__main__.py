"""`python -m stormproof`."""

import sys

from stormproof.cli.main import main

sys.exit(main())
