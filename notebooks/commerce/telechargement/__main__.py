"""`python -m commerce.telechargement`."""

import sys

from commerce.telechargement import main

if __name__ == "__main__":
    sys.exit(main())
