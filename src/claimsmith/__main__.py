"""Run the command line as `python -m claimsmith`."""

if __name__ == "__main__":
    # Imported here: worker processes import this module again and need no command line.
    from claimsmith.cli import main

    main()
