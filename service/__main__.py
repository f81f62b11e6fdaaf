"""`python -m service`: the same as the command `clausewise`."""

from service.cli import main

if __name__ == "__main__":
    main(prog_name="clausewise")
