"""`python -m commerce.telechargement`."""

import sys

from commerce import formats
from commerce.telechargement import main
from fabrique import terminal

if __name__ == "__main__":
    terminal.preparer(formats.INVISIBLES)
    sys.exit(main())
