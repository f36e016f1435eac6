"""Expressions and patterns that nodes evaluate at run time, checked in advance (P352, N230).

Sources: comfy_extras/nodes_math.py and nodes_string.py of ComfyUI 0.33.0, simpleeval 1.0 (the part of
Python that it evaluates; an undefined name is an error), ComfyUI-KJNodes and ComfyUI-Custom-Scripts.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence

from comfyc import codes
from comfyc.checks.literals import PATTERNS, PYTHON, literal
from comfyc.checks.reporting import PromptReporter, quoted
from comfyc.checks.running_nodes import RunningNode
from comfyc.checks.verdict import Verdict

_MAX_EXPRESSION = 10_000
"""Characters; longer expressions and patterns are not checked."""
_MATH = "ComfyMathExpression"
_FORGIVING = ("SimpleCalculatorKJ",)
"""Classes that use 0 if they cannot evaluate their expression."""
_FUNCTIONS = frozenset(
    {
        *("sum", "min", "max", "abs", "round", "pow", "sqrt", "ceil", "floor", "log", "log2", "log10"),
        *("sin", "cos", "tan", "int", "float"),
    }
)
_KNOWN = (
    *(ast.Expr, ast.Assign, ast.AugAssign, ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare),
    *(ast.IfExp, ast.Call, ast.keyword, ast.Subscript, ast.Attribute, ast.Slice, ast.JoinedStr),
    *(ast.FormattedValue, ast.Constant),
)
"""The syntax that simpleeval evaluates; lists, lambdas and all else are rejected."""


def report_expressions(verdict: Verdict, nodes: Sequence[RunningNode], reporter: PromptReporter) -> None:
    """Report expressions and regular expressions that the nodes cannot evaluate."""
    for node in nodes:
        class_type = node.rules.class_type
        if class_type in PYTHON:
            _report_expression(verdict, node, PYTHON[class_type], reporter)
        elif class_type in PATTERNS and node.is_core:
            _report_pattern(verdict, node, reporter)


def _report_expression(verdict: Verdict, node: RunningNode, name: str, reporter: PromptReporter) -> None:
    text = literal(node, name, verdict.prompt)
    if text is None or len(text) > _MAX_EXPRESSION:
        return
    is_math = node.rules.class_type == _MATH
    problem = _math_problem(text, _names(node)) if is_math else _python_problem(text)
    if problem is None:
        return
    message = f"'{name}' is {quoted(text)}, which cannot be evaluated: {problem}"
    if node.rules.class_type in _FORGIVING:
        reporter.report(codes.EXPRESSION_IGNORED, node.id, name, f"{message}; the node uses 0")
    else:
        hint = (
            f"the values available here are {', '.join(sorted(_names(node)))}"
            if is_math and _names(node)
            else None
        )
        reporter.report(codes.EXPRESSION_BROKEN, node.id, name, message, hint)


def _names(node: RunningNode) -> set[str]:
    """The names under which a ComfyMathExpression knows its linked values."""
    return {name.removeprefix("values.") for name in node.inputs if name.startswith("values.")}


def _python_problem(text: str) -> str | None:
    """Why Python cannot parse an expression; ``None`` if it can."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(" ".join(text.split()), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _words(error)
    return None


def _math_problem(text: str, names: set[str]) -> str | None:
    """Why ComfyMathExpression cannot evaluate an expression whatever its values are; ``None`` if it may."""
    if not text.strip():
        return "it is empty"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _words(error)
    if not body:
        return "it is empty"
    try:
        return next(_problems(body[0], names), None)
    except RecursionError:
        return None


def _words(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        position = f" (at character {error.offset})" if error.offset and error.lineno == 1 else ""
        return f"{error.msg}{position}"
    return "it is nested too deeply" if not str(error) else str(error)


def _problems(node: ast.AST, names: set[str]) -> Iterator[str]:
    """What certainly fails, leaving out branches that may not be evaluated."""
    if not isinstance(node, _KNOWN):
        yield f"{type(node).__name__} is not available"
        return
    if isinstance(node, ast.Name) and node.id not in names | _FUNCTIONS | {"values"}:
        yield f"'{node.id}' is not defined"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield "the operator @ is not available"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in _FUNCTIONS:
        yield f"the function '{node.func.id}' is not defined"
    for child in _evaluated(node):
        yield from _problems(child, names)


def _evaluated(node: ast.AST) -> list[ast.AST]:
    """The operands that are evaluated for all values."""
    if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign)):
        return [node.value]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.BoolOp):
        return [node.values[0]]
    if isinstance(node, ast.Compare):
        return [node.left, node.comparators[0]]
    if isinstance(node, ast.IfExp):
        return [node.test]
    if isinstance(node, ast.Call):
        methods = [node.func] if isinstance(node.func, ast.Attribute) else []
        return [*methods, *node.args, *node.keywords]
    if isinstance(node, (ast.keyword, ast.Attribute)):
        return [node.value]
    if isinstance(node, ast.Subscript):
        return [node.value, node.slice]
    return []


def _report_pattern(verdict: Verdict, node: RunningNode, reporter: PromptReporter) -> None:
    text = literal(node, "regex_pattern", verdict.prompt)
    if text is None or len(text) > _MAX_EXPRESSION:
        return
    fails = PATTERNS[node.rules.class_type]
    name, wrong = "regex_pattern", text
    problem = _pattern_problem(text)
    if problem is None and fails:
        name, wrong = "replace", literal(node, "replace", verdict.prompt) or ""
        problem = _pattern_problem(text, wrong)
    if problem is None:
        return
    kind = "regular expression" if name == "regex_pattern" else "replacement for this pattern"
    message = f"'{name}' is {quoted(wrong)}, which is not a valid {kind}: {problem}"
    if fails:
        reporter.report(codes.EXPRESSION_BROKEN, node.id, name, message)
    else:
        rule = codes.EXPRESSION_IGNORED
        reporter.report(
            rule, node.id, name, f"{message}; the node takes it as a pattern that matches nothing"
        )


def stand_in(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern that has the same groups and matches in constant time.

    It is used to check a replacement: the pattern itself may take forever even on an empty text.
    """
    names = {number: name for name, number in pattern.groupindex.items()}
    groups = (f"(?P<{names[one]}>)" if one in names else "()" for one in range(1, pattern.groups + 1))
    return re.compile("".join(groups))


def _pattern_problem(pattern: str, replacement: str | None = None) -> str | None:
    """Why Python's ``re`` rejects a pattern, or a replacement for it; ``None`` if it takes both."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern)
            if replacement is not None and len(replacement) <= _MAX_EXPRESSION:
                stand_in(compiled).sub(replacement, "")
    except (re.error, IndexError, RecursionError, OverflowError) as error:
        if sys.version_info < (3, 11) and ("multiple repeat" in str(error) or "extension" in str(error)):
            return None  # syntax that Python 3.11 added
        return str(error)
    return None
