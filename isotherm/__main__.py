"""`python -m isotherm`: the same as the program `isotherm`."""

from isotherm.cli import main

if __name__ == "__main__":
    main()
