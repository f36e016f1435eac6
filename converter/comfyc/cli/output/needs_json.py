"""What workflows need as JSON: the one result of ``comfyc needs --json`` (schemas/answer.schema.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from comfyc.needs.downloads import plain_url
from comfyc.needs.model import Declaration, Model, Needs, User
from comfyc.prices import estimates_to_json


def needs_json(needs: Needs) -> dict[str, Any]:
    """All rows, with all who need them."""
    core = needs.comfyui
    return {
        "files": needs.files,
        "missing": list(needs.missing()),
        "packs": [{**asdict(row.pack), "standing": row.standing, "files": row.files} for row in needs.packs],
        "models": [_model(one) for one in needs.models],
        "input_files": [
            {
                "name": one.name,
                "folder": one.folder,
                "kind": one.kind,
                "status": one.status,
                "local": one.local or None,
                "users": [_user(user) for user in one.users],
            }
            for one in needs.input_files
        ],
        "partner_nodes": [
            {"class": one.type, "title": one.title, "users": [_user(user) for user in one.users]}
            for one in needs.partner_nodes
        ],
        "estimates": [{"file": file, **estimates_to_json(one)} for file, one in needs.estimates.items()],
        "comfyui": {
            "versions": core.versions,
            "newest": core.newest or None,
            "frontends": core.frontends,
            "bundled": core.bundled,
            "server": core.server or None,
            "types": [
                {
                    "class": one.type,
                    "is_bundled": one.is_bundled,
                    "becomes": one.becomes or None,
                    "users": [_user(user) for user in one.users],
                }
                for one in core.types
            ],
        },
    }


def _model(one: Model) -> dict[str, Any]:
    return {
        "name": one.name,
        "folder": one.folder or None,
        "status": one.status,
        "is_needed": one.is_needed,
        "is_muted": one.is_off,
        "urls": [url for text in one.urls if (url := plain_url(text)) is not None],
        "sha256": one.sha256 or None,
        "similar": one.similar,
        "users": [_user(user) for user in one.users],
        "declarations": [_declaration(each) for each in one.declarations],
    }


def _declaration(one: Declaration) -> dict[str, Any]:
    """As the file has it."""
    return {
        **_user(one.user),
        "name": one.name,
        "directory": one.directory,
        "url": one.url,
        "hash": one.hash,
        "hash_type": one.hash_type,
        "is_active": one.is_active,
    }


def _user(one: User) -> dict[str, Any]:
    return {"file": one.file, "node": one.node, "title": one.title, "class": one.type, "input": one.input}
