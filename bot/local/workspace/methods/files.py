"""files.*: the three-step upload (ask for a URL, send the bytes, complete), and looking a file up."""

from __future__ import annotations

import mimetypes
import re
from urllib.parse import quote

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call
from bot.local.workspace.methods.chat import threading, writable
from bot.local.workspace.posting import by_app, checked_blocks, post
from bot.local.workspace.seed import BOT_USER, TEAM_ID
from bot.local.workspace.state import Channel, StoredFile, World

LARGEST = 50 * 1024 * 1024
PREVIEW_CHARACTERS = 2000
CHANNEL_ID = re.compile(r"^[CGDZ][A-Z0-9]{8,}$")


def get_upload_url(call: Call) -> Json:
    """files.getUploadURLExternal: where to send `length` bytes."""
    name = call.need("filename")
    length = call.number("length", 0, LARGEST + 1)
    if length < 1 or length > LARGEST:
        raise SlackError("invalid_arguments", ["length must be between 1 byte and 50 MB [json-pointer:/length]"])
    file = StoredFile(call.world.new_id("F"), name, length, name, int(call.world.clock()))
    call.world.files[file.id] = file
    return {"upload_url": f"{call.world.base_url}upload/v1/{file.id}", "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """files.completeUploadExternal: share what was sent in a channel, a thread, or nowhere yet."""
    wanted = call.structure("files")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_arguments", ["must provide an array [json-pointer:/files]"])
    files = [_uploaded(call.world, one) for one in wanted]
    for channel in _destinations(call):
        _share(call, files, channel)
    for file in files:
        file.completed = True
    return {"files": [describe(call.world, file) for file in files]}


def file_info(call: Call) -> Json:
    """files.info."""
    file = call.world.files.get(call.need("file", "file_not_found"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    body: Json = {"file": describe(call.world, file), "comments": [], "response_metadata": {"next_cursor": ""}}
    return body | ({"content": file.content.decode(errors="replace")} if file.content and _is_text(file) else {})


def delete_file(call: Call) -> Json:
    """files.delete: it is gone from wherever it was shared."""
    file = call.world.files.pop(call.need("file", "file_not_found"), None)
    if file is None:
        raise SlackError("file_not_found")
    for channel in call.world.channels.values():
        for message in channel.messages.values():
            if any(one["id"] == file.id for one in message.get("files", [])):
                message["files"] = [one for one in message["files"] if one["id"] != file.id]
                call.world.feed.publish("message", channel=channel.id, ts=message["ts"], what="changed")
    return {}


def describe(world: World, file: StoredFile) -> Json:
    """The file object as it appears in messages."""
    mimetype = mime_of(file)
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
    link = f"{world.base_url}files/{TEAM_ID}-{file.id}/{quote(file.name, safe='')}"
    body: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": mimetype,
        "filetype": suffix,
        "pretty_type": suffix.upper(),
        "user": BOT_USER,
        "user_team": TEAM_ID,
        "editable": _is_text(file),
        "size": file.length,
        "mode": "snippet" if _is_text(file) else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": bool(file.channels),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": link,
        "url_private_download": f"{link}?download=1",
        "permalink": link,
        "has_rich_preview": False,
        "channels": file.channels,
        "groups": [],
        "ims": [],
        "file_access": "visible",
    }
    if file.content is not None and _is_text(file):
        preview = file.content.decode(errors="replace")
        body |= {"preview": preview[:PREVIEW_CHARACTERS], "preview_is_truncated": len(preview) > PREVIEW_CHARACTERS}
        body["lines"] = preview.count("\n") + 1
    return body


def mime_of(file: StoredFile) -> str:
    """The media type that the name suggests."""
    if file.name.endswith((".md", ".markdown")):
        return "text/markdown"
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def _is_text(file: StoredFile) -> bool:
    return mime_of(file).startswith("text/") or mime_of(file) in ("application/json", "application/yaml")


def _uploaded(world: World, wanted: object) -> StoredFile:
    file = world.files.get(wanted.get("id", "")) if isinstance(wanted, dict) else None
    if file is None or file.content is None or not isinstance(wanted, dict):
        raise SlackError("file_not_found")
    file.title = wanted.get("title") or file.title
    return file


def _destinations(call: Call) -> list[Channel]:
    """Where it goes: by id, and only where the app is a member, whatever it may write to."""
    pointer, named = ("/channel_id", [call.text("channel_id")]) if call.text("channel_id") else ("/channels", [])
    names = [name for name in named or (call.text("channels") or "").split(",") if name]
    if not all(CHANNEL_ID.match(name) for name in names):
        raise SlackError(
            "invalid_arguments", [f"must match regex pattern: {CHANNEL_ID.pattern} [json-pointer:{pointer}]"]
        )
    places = [Call(call.world, {"channel": name}, call.token, call.scopes) for name in names]
    for place in places:
        place.joined_channel()
    return [writable(place) for place in places]


def _share(call: Call, files: list[StoredFile], channel: Channel) -> None:
    for file in files:
        file.channels.append(channel.id)
    fields: Json = {
        "text": call.text("initial_comment") or "",
        "files": [describe(call.world, file) for file in files],
        "upload": True,
        "display_as_bot": False,
    }
    if blocks := checked_blocks(call.world, call.structure("blocks", "invalid_blocks_format")):
        fields["blocks"] = blocks
    post(call.world, channel, by_app(call.world) | fields | threading(call))
