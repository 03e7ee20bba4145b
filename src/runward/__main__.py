"""Run the command line as `python -m runward`."""

from runward.cli.main import main

if __name__ == "__main__":
    main()
