"""``comfyc``, also ``python -m converter``: the command line, with an end to Ctrl-C at any moment.

Ctrl-C while a module is imported comes out as any error, or as a message of Python's own, and is quiet here.
Nothing is imported before that is cared for.
"""

import sys


def main() -> None:
    """Run ``comfyc`` with the arguments of the process and exit."""
    try:
        sys.unraisablehook = _on_unraisable
        from converter.cli import main as run  # noqa: PLC0415

        try:
            run()
        finally:
            import signal  # noqa: PLC0415

            signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done, and Python ends
    except SystemExit:
        raise
    except BaseException as error:
        if _is_interrupted(error):
            _leave()
        raise


def _is_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is what an error came of."""
    for _ in range(100):
        if error is None or isinstance(error, KeyboardInterrupt):
            break
        error = error.__cause__ or error.__context__
    return isinstance(error, KeyboardInterrupt)


def _on_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Ctrl-C in a place from which nothing can be raised would be told there, and forgotten."""
    if _is_interrupted(unraisable.exc_value):
        _leave()
    sys.__unraisablehook__(unraisable)


def _leave() -> None:
    import os  # noqa: PLC0415

    os._exit(130)


if __name__ == "__main__":
    main()
