"""Load the passwords that are tried first: the 30,000 most frequent of breaches, from zxcvbn's lists."""

import importlib.util
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Return the common passwords in lower case; read at the first call.

    Only the file of the lists is executed, and not kept: the package would also build tables for matching,
    of many megabytes, which nothing here needs.
    """
    package = importlib.util.find_spec("zxcvbn")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("zxcvbn is not installed; install claimsmith with its dependencies")
    path = Path(package.submodule_search_locations[0]) / "frequency_lists.py"
    spec = importlib.util.spec_from_file_location("claimsmith_frequency_lists", path)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{path} cannot be loaded; install zxcvbn again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return frozenset(text.lower() for text in module.FREQUENCY_LISTS["passwords"])
