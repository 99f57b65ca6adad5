"""Offer the product on the command line.

Owns: arguments, help, exit codes and what is printed. Calls the use cases. Holds no rule.
"""


def main() -> None:
    """Run the command line and leave with its exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    from claimsmith.cli.program import run  # imported here: worker processes pass through this package

    raise SystemExit(run())
