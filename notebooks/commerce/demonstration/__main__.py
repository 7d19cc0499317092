"""`python -m commerce.demonstration`."""

import sys

from commerce.demonstration import principal

if __name__ == "__main__":
    sys.exit(principal())
