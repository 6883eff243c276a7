"""`python -m backoffice` is the `backoffice` command."""

from backoffice.cli import main

main()
