"""Coverage-guided fuzzing of everything that reads what a stranger wrote (atheris, the group ``fuzz``).

    ./fuzz                          all targets in turn, a minute of processor time each
    ./fuzz readers --seconds 3600   one target for an hour
    ./fuzz --list                   the targets

    targets.py     one function for each way in: bytes go in, an exception or a broken promise comes out
    session.py     the same for what a server says
    documents.py   changes to JSON documents that keep them documents, for the mutator
    seeds.py       where each target begins: the files under ``fixtures``, and what crashed it once
    engine.py      one process that fuzzes one target and notes each kind of failure once
    __main__.py    the command: starts the processes, counts their processor time, writes the journal

An input that made a target fail is kept under ``fixtures/crashers/TARGET``; ``tests/test_crashers.py`` gives
it to the target again in each run of the tests.
"""
