"""``comfyc``, also ``python -m comfyc``: the command line, with an end to Ctrl-C at any moment.

Ctrl-C while a module is imported comes out as any error, or as a message of Python's own, and is quiet here.
Nothing is imported before that is cared for.
"""

import sys

_is_interrupted = False


def main() -> None:
    """Run ``comfyc`` with the arguments of the process and exit."""
    try:
        sys.unraisablehook = _on_unraisable
        import signal  # noqa: PLC0415

        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt)
        from comfyc.cli import main as run  # noqa: PLC0415

        try:
            run()
        finally:  # all is done, and Python ends: with the exit code that it has now
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                if hasattr(signal, name):
                    signal.signal(getattr(signal, name), signal.SIG_IGN)
    except SystemExit:
        raise
    except KeyboardInterrupt:
        _leave()
    except BaseException:
        if _is_interrupted:
            _leave()
        raise


def _interrupt(number: int, frame: object) -> None:
    """Ctrl-C: what is raised may come out as another error, such as ImportError."""
    global _is_interrupted
    _is_interrupted = True
    raise KeyboardInterrupt


def _on_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Ctrl-C in a place from which nothing can be raised would be told there, and forgotten."""
    if _is_interrupted or unraisable.exc_type is KeyboardInterrupt:
        _leave()
    sys.__unraisablehook__(unraisable)


def _leave() -> None:
    import os  # noqa: PLC0415

    os._exit(130)


if __name__ == "__main__":
    main()
