"""``comfyc convert``."""

from __future__ import annotations

from pathlib import Path

import typer

from comfyc.cli.flags.apps import IN
from comfyc.cli.flags.common import (
    ALLOW_EMPTY,
    ALSO,
    CACERT,
    CUSTOM_NODES,
    HEADER,
    INSECURE,
    JOBS,
    JSON,
    LIMIT,
    OBJECT_INFO,
    ONE_SERVER,
    QUIET,
    RANDOM_SEED,
    REFRESH,
    SET,
    SET_ALL,
    SKIP_OTHERS,
    STRICT,
    TOKEN,
    TRUST_CONFIG,
    UNLINK,
    VERBOSE,
    file_or_stdout,
    limits_of,
    load_catalog,
    parse_time,
)
from comfyc.cli.flags.corpora import ENGINE, asks_for_table, named_catalog, refuse_beside_table, scheduler_of
from comfyc.diagnostics import ComfycError
from comfyc.options import Arrangement, Button, DynamicPrompts, Meta, Options, Product, UnknownTypes
from comfyc.report.formats import REPORT_NAMES


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def convert(
        paths: list[str] = typer.Argument(
            ...,
            metavar="PATH...",
            help="Workflow files, or pictures and other files that carry a workflow; folders and "
            "patterns; - is stdin; job files (TOML, JSON or YAML) with values for them.",
        ),
        output: Path | None = typer.Option(
            None,
            "--output",
            "-o",
            metavar="FILE",
            help="Write the result to this file; - is stdout. "
            "A file that ends in .parquet gets a table, see --engine.",
        ),
        out_dir: Path | None = typer.Option(
            None,
            "--out-dir",
            "-d",
            metavar="FOLDER",
            help="Write each result to this folder as NAME.json; subfolders are kept.",
        ),
        product: Product = typer.Option(
            Product.PROMPT,
            "--to",
            help="What to make: the prompt of a workflow, or the workflow of a prompt.",
        ),
        layout: Arrangement | None = typer.Option(
            None,
            help="With --to workflow: as the editor makes and arranges it, or with subgraphs again and laid"
            " out for reading.",
            show_default="editor",
        ),
        form: str = typer.Option(
            "text",
            "--format",
            metavar="FORMAT",
            help=f"Of the findings: {', '.join(REPORT_NAMES)}.",
            autocompletion=lambda: REPORT_NAMES,
        ),
        also: list[str] = ALSO,
        as_json: bool = JSON,
        object_info: str = OBJECT_INFO,
        custom_nodes: list[str] = CUSTOM_NODES,
        server: str = ONE_SERVER,
        refresh: bool = REFRESH,
        assignments: list[str] = SET,
        of_app: list[str] = IN,
        set_all: bool = SET_ALL,
        unlink: bool = UNLINK,
        force: bool = typer.Option(
            False, "--force", help="Write the prompt even if a value that is set breaks a rule of its input."
        ),
        meta: Meta = typer.Option(Meta.FULL, help="What to write to _meta."),
        unknown: UnknownTypes = typer.Option(
            UnknownTypes.FROM_FILE,
            help="How to write unknown node types: by their class or as the browser does.",
        ),
        button: Button = typer.Option(
            Button.EXPORT,
            "--as",
            help="Write what File > Export (API) gives, or what the Queue button would run.",
        ),
        dynamic_prompts: DynamicPrompts = typer.Option(
            DynamicPrompts.RANDOM, help="Which alternative of a dynamic prompt {a|b} to write."
        ),
        random_seed: int | None = RANDOM_SEED,
        now: str = typer.Option(
            "", metavar="ISO-TIME", help="The time to use for %date:...%.", show_default=False
        ),
        js_numbers: bool = typer.Option(
            False, "--js-numbers", help="Round integers beyond 2^53 as the browser does."
        ),
        browser_exact: bool = typer.Option(
            False,
            "--browser-exact",
            help="Write what the browser writes, even where that contradicts the file; implies "
            "--js-numbers and"
            " --unknown browser.",
        ),
        skip_others: bool = SKIP_OTHERS,
        allow_empty: bool = ALLOW_EMPTY,
        trust_config: bool = TRUST_CONFIG,
        limits: list[str] = LIMIT,
        strict: bool = STRICT,
        verbose: bool = VERBOSE,
        quiet: bool = QUIET,
        jobs: int = JOBS,
        engine: str | None = ENGINE,
        headers: list[str] = HEADER,
        token: str | None = TOKEN,
        cacert: Path | None = CACERT,
        insecure: bool = INSECURE,
    ) -> None:
        """Convert workflows to the API format, exactly as File > Export (API) does, or back (--to workflow).

        The prompt is written to stdout, or to the file or folder of -o or --out-dir; findings go to stderr.
        """
        from comfyc.cli.output.writing import texts_read  # noqa: PLC0415
        from comfyc.cli.work.convert_one import ConvertJob  # noqa: PLC0415
        from comfyc.cli.work.convert_paths import convert_paths, refuse_jobs, reports_beside  # noqa: PLC0415
        from comfyc.cli.work.job_files import Jobs, take_jobs  # noqa: PLC0415

        as_table = asks_for_table(paths, output, engine)
        given = Jobs(paths) if skip_others or as_table else take_jobs(paths)
        options = Options(
            meta=meta,
            js_numbers=js_numbers or browser_exact,
            unknown=UnknownTypes.BROWSER if browser_exact else unknown,
            dynamic_prompts=dynamic_prompts,
            random_seed=given.random_seed if random_seed is None else random_seed,
            now=parse_time(now) if now else None,
            button=button,
            browser_exact=browser_exact,
            limits=limits_of(limits),
        )
        if as_table:
            refuse_beside_table(
                {
                    "--out-dir": out_dir,
                    "--to": product is not Product.PROMPT,
                    "--layout": layout,
                    "--format": form != "text",
                    "--also": also,
                    "--json": as_json,
                    "--set": assignments,
                    "--in": of_app,
                    "--set-all": set_all,
                    "--unlink": unlink,
                    "--force": force,
                }
            )
            from comfyc.cli.work.tabulate import CorpusJob, tabulate  # noqa: PLC0415
            from comfyc.corpora.rows import Examiner, options_of  # noqa: PLC0415
            from comfyc.needs import Stock  # noqa: PLC0415

            known = named_catalog(
                object_info,
                server,
                refresh=refresh,
                headers=headers,
                token=token,
                cacert=cacert,
                insecure=insecure,
                custom_nodes=custom_nodes,
            )
            table = CorpusJob(
                "convert",
                Examiner(Stock(known), options_of(options), strict=strict, keeps_prompt=True),
                output,
                scheduler_of(engine),
                jobs,
                skip_others=skip_others,
                allow_empty=allow_empty,
                trusts=trust_config,
                quiet=quiet,
            )
            raise typer.Exit(tabulate(paths, table))
        output = file_or_stdout(output)
        on_stdout = as_json or (output is None and out_dir is None)
        job = ConvertJob(
            options,
            given.requests(assignments, of_app, several=set_all, unlink=unlink),
            force=force,
            strict=strict,
            verbose=verbose,
            quiet=quiet,
            form=form,
            also=reports_beside(form, also, taken=on_stdout),
            as_json=as_json,
            skip_others=skip_others,
            allow_empty=allow_empty,
            trusts=trust_config,
            layout=_layout(product, layout, has_values=bool(assignments or of_app or given.files)),
            reads=(object_info, cacert, *texts_read([*assignments, *of_app]), *given.reads),
        )
        if given.reports:
            raise typer.Exit(refuse_jobs(given, job))
        catalog = load_catalog(
            object_info,
            server,
            refresh=refresh,
            headers=headers,
            token=token,
            cacert=cacert,
            insecure=insecure,
            custom_nodes=custom_nodes,
        )
        raise typer.Exit(convert_paths(given.names, catalog, job, output=output, out_dir=out_dir, jobs=jobs))


def _layout(product: Product, layout: Arrangement | None, *, has_values: bool) -> Arrangement | None:
    """The layout of the workflows to make, None for prompts; ``ComfycError`` for flags that do not fit."""
    if product is Product.PROMPT:
        if layout is not None:
            raise ComfycError("--layout is for workflows", "pass --to workflow, or leave --layout out")
        return None
    if has_values:
        raise ComfycError("--set and --in are for prompts", "set the values when the workflow is converted")
    return layout or Arrangement.EDITOR
