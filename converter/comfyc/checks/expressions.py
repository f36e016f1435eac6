"""Expressions that nodes evaluate while they run: what cannot be evaluated is told before.

Sources: comfy_extras/nodes_math.py and nodes_string.py of ComfyUI 0.33.0, simpleeval 1.0 (what it takes of
Python, and that a name which is not defined ends it), ComfyUI-KJNodes and ComfyUI-Custom-Scripts.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence

from comfyc import codes
from comfyc.checks.after_acceptance import Node
from comfyc.checks.literals import PATTERNS, PYTHON, literal
from comfyc.checks.reporting import Telling, quoted
from comfyc.checks.verdict import Verdict

_LONGEST = 10_000
"""Characters of an expression that are looked at."""
_MATH = "ComfyMathExpression"
_FORGIVING = ("SimpleCalculatorKJ",)
"""Classes that go on with 0 if they cannot evaluate their expression."""
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
"""What simpleeval evaluates; all else ("a list", "a lambda") is not available there."""


def tell_expressions(verdict: Verdict, nodes: Sequence[Node], telling: Telling) -> None:
    """Report expressions and patterns that the nodes cannot use."""
    for node in nodes:
        class_type = node.rules.class_type
        if class_type in PYTHON:
            _tell_expression(verdict, node, PYTHON[class_type], telling)
        elif class_type in PATTERNS and node.is_core:
            _tell_pattern(verdict, node, telling)


def _tell_expression(verdict: Verdict, node: Node, name: str, telling: Telling) -> None:
    text = literal(node, name, verdict.prompt)
    if text is None or len(text) > _LONGEST:
        return
    is_math = node.rules.class_type == _MATH
    problem = _math_problem(text, _names(node)) if is_math else _python_problem(text)
    if problem is None:
        return
    message = f"'{name}' is {quoted(text)}, which cannot be evaluated: {problem}"
    if node.rules.class_type in _FORGIVING:
        telling.tell(codes.EXPRESSION_IGNORED, node.id, name, f"{message}; the node goes on with 0")
    else:
        hint = f"its values here are {', '.join(sorted(_names(node)))}" if is_math and _names(node) else None
        telling.tell(codes.EXPRESSION_BROKEN, node.id, name, message, hint)


def _names(node: Node) -> set[str]:
    """The names of the values that a ComfyMathExpression has."""
    return {name.removeprefix("values.") for name in node.inputs if name.startswith("values.")}


def _python_problem(text: str) -> str | None:
    """Why Python cannot read an expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(" ".join(text.split()), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _words(error)
    return None


def _math_problem(text: str, names: set[str]) -> str | None:
    """Why ComfyMathExpression cannot evaluate an expression, as far as that does not depend on values."""
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
        place = f" (at character {error.offset})" if error.offset and error.lineno == 1 else ""
        return f"{error.msg}{place}"
    return "it is nested too deeply" if not str(error) else str(error)


def _problems(node: ast.AST, names: set[str]) -> Iterator[str]:
    """What would end the evaluation for certain: not what stands in a branch that may not be taken."""
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
    """The parts that are evaluated whatever the values are."""
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


def _tell_pattern(verdict: Verdict, node: Node, telling: Telling) -> None:
    text = literal(node, "regex_pattern", verdict.prompt)
    if text is None or len(text) > _LONGEST:
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
    message = f"'{name}' is {quoted(wrong)}, which is no {kind}: {problem}"
    if fails:
        telling.tell(codes.EXPRESSION_BROKEN, node.id, name, message)
    else:
        rule = codes.EXPRESSION_IGNORED
        telling.tell(rule, node.id, name, f"{message}; for the node, that matches nothing")


def stand_in(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern with the same groups that is done at once: some are not, even with an empty text."""
    names = {number: name for name, number in pattern.groupindex.items()}
    groups = (f"(?P<{names[one]}>)" if one in names else "()" for one in range(1, pattern.groups + 1))
    return re.compile("".join(groups))


def _pattern_problem(pattern: str, replacement: str | None = None) -> str | None:
    """Why Python's ``re`` cannot use a pattern, or a replacement for what it matches."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern)
            if replacement is not None and len(replacement) <= _LONGEST:
                stand_in(compiled).sub(replacement, "")
    except (re.error, IndexError, RecursionError, OverflowError) as error:
        if sys.version_info < (3, 11) and ("multiple repeat" in str(error) or "extension" in str(error)):
            return None  # newer Pythons read more
        return str(error)
    return None
