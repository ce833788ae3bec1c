#!/usr/bin/env python3
"""Calls all that a server of memories has by default, with the official Python SDK, and prints what it saw as JSON.

    mcp_client.py [--mode auto|legacy|2026-07-28] [--prefix p] -- memledger --ledger FILE mcp
    mcp_client.py [--mode ...] [--header "Authorization: Bearer ..."] http://127.0.0.1:8787/mcp

It needs the package mcp, 1.30 or 2.x (Tools/python_venv mcp2 mcp==2.3.0). Version 1 of it has only the handshake. Exit
status 1 and a line on standard error if the server does not do what it should.
"""

import argparse
import asyncio
import contextlib
import importlib.metadata
import json
import sys

import jsonschema

SDK = importlib.metadata.version("mcp")
IS_FIRST = SDK.startswith("1.")
if IS_FIRST:
    from mcp import ClientSession, McpError as Refused, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamablehttp_client
else:
    from mcp import Client, MCPError as Refused, StdioServerParameters
    from mcp.client.streamable_http import streamable_http_client

TOOLS = [
    "session_new", "memory_add", "memory_get", "memory_update", "memory_rename", "memory_delete", "memory_list",
    "memory_history", "memory_as_of", "memory_undo",
]


class Wrong(Exception):
    """The server did not do what it should."""


def demand(is_so, what):
    if not is_so:
        raise Wrong(what)


def member(thing, *names):
    """A field, which the two versions of the SDK name differently."""
    for name in names:
        if hasattr(thing, name):
            return getattr(thing, name)
    raise Wrong(f"{type(thing).__name__} has none of {names}")


class Connection:
    """What both versions of the SDK can do, by one set of names."""

    def __init__(self, client, version, server):
        self.client, self.version, self.server = client, version, server

    async def call(self, name, arguments):
        return await self.client.call_tool(name, arguments)

    async def refusal(self, call):
        """The code of the protocol's error."""
        try:
            await call
        except Refused as error:
            return error.error.code
        raise Wrong("a wrong request was answered")

    async def complete(self, reference, name, value):
        from mcp import types
        kinds = {"name": "PromptReference", "uri": "ResourceTemplateReference"}
        (field, text), = reference.items()
        made = getattr(types, kinds[field])(type="ref/prompt" if field == "name" else "ref/resource", **{field: text})
        return await self.client.complete(made, {"name": name, "value": value})


@contextlib.asynccontextmanager
async def connected(options):
    headers = dict(header.split(": ", 1) for header in options.header)
    url = options.server[0] if options.server[0].startswith("http") else None
    command = None if url else StdioServerParameters(command=options.server[0], args=options.server[1:])
    if IS_FIRST:
        demand(options.mode == "legacy", "version 1 of the SDK has only the mode legacy")
        transport = streamablehttp_client(url, headers=headers) if url else stdio_client(command)
        async with transport as streams, ClientSession(streams[0], streams[1]) as session:
            begun = await session.initialize()
            yield Connection(session, begun.protocolVersion, begun.serverInfo.name)
        return
    async with contextlib.AsyncExitStack() as stack:
        server = command
        if url and headers:
            import httpx2
            http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=300))
            server = streamable_http_client(url, http_client=http)
        elif url:
            server = url
        client = await stack.enter_async_context(Client(server, mode=options.mode))
        info = client.session.server_info
        yield Connection(client, client.session.protocol_version, info.name if info else None)


def text(result):
    demand(len(result.content) == 1 and result.content[0].type == "text", "the answer is not one text")
    return result.content[0].text


async def lists(connection):
    """What the server offers."""
    tools = (await connection.client.list_tools()).tools
    demand([tool.name for tool in tools] == TOOLS, f"the tools are {[tool.name for tool in tools]}")
    for tool in tools:
        schemas = [member(tool, "inputSchema", "input_schema"), member(tool, "outputSchema", "output_schema")]
        for schema in filter(None, schemas):
            jsonschema.Draft202012Validator.check_schema(schema)
            demand(schema["type"] == "object", f"{tool.name} has a schema of another type")
            demand(not {"anyOf", "oneOf", "allOf", "$ref"} & set(json.dumps(schema).split('"')), f"{tool.name} is not flat")
        hints = tool.annotations.model_dump()
        # Its title stands beside them, and what is not idempotent need not say so.
        demand(list(hints.values()).count(None) <= 2 and tool.title, f"{tool.name} lacks a hint or its title")
    resources = (await connection.client.list_resources()).resources
    templates = await connection.client.list_resource_templates()
    templates = member(templates, "resourceTemplates", "resource_templates")
    prompts = (await connection.client.list_prompts()).prompts
    return {
        "resources": [str(each.uri) for each in resources],
        "templates": [member(each, "uriTemplate", "uri_template") for each in templates],
        "prompts": [prompt.name for prompt in prompts],
    }


async def old_tools(connection, key):
    """The tools of the old program, which answer texts."""
    session = text(await connection.call("session_new", {"namespace": "mem"}))
    demand(len(session) == 32, f"the session is {session}")
    value = {"domain": "drinks", "summary": "Likes green tea", "text": "Every morning.", "type": "note", "links": [],
             "keywords": ["tea"]}
    as_json = {"session": session, "output_format": "json"}
    added = text(await connection.call("memory_add", {"key": key, "value": value, "session": session}))
    demand(added == "success: true", f"memory_add answers {added}")
    got = json.loads(text(await connection.call("memory_get", {"key": key} | as_json)))
    demand(got == {"success": True, "data": value}, f"memory_get answers {got}")
    toon = text(await connection.call("memory_get", {"key": key}))
    demand("summary: Likes green tea" in toon, f"as TOON it is {toon}")
    change = {"key": key, "value": {"summary": "Likes black tea"}}
    updated = json.loads(text(await connection.call("memory_update", change | as_json)))
    demand(updated == {"success": True, "data": {"key": key}}, f"memory_update answers {updated}")
    moved = {"old_key": key, "new_key": key + "-moved"}
    renamed = json.loads(text(await connection.call("memory_rename", moved | as_json)))
    demand(renamed == {"success": True, "data": moved}, f"memory_rename answers {renamed}")
    gone = await connection.call("memory_get", {"key": key + "-never"} | as_json)
    demand(json.loads(text(gone)) == {"success": False, "message": "memory not found"}, "a missing memory is found")
    await connection.call("memory_rename", {"old_key": key + "-moved", "new_key": key})


async def new_tools(connection, key):
    """The tools beside them, whose documents the SDK checks by their schemas."""

    async def document(name, arguments):
        result = await connection.call(name, arguments)
        demand(not member(result, "isError", "is_error"), f"{name} fails: {text(result)}")
        structured = member(result, "structuredContent", "structured_content")
        demand(json.loads(text(result)) == structured, f"{name} answers two things")
        return structured

    listed = await document("memory_list", {"type": "note", "limit": 1000})
    demand(key in [memory["key"] for memory in listed["memories"]], f"{key} is not in the list")
    entries = (await document("memory_history", {"key": key}))["entries"]
    demand(entries[0]["type"] == "MemoryAdded" and len(entries) >= 2, f"the history is {entries}")
    past = await document("memory_as_of", {"key": key, "at": str(entries[0]["position"])})
    demand(past["summary"] == "Likes green tea", f"in the past it is {past}")
    await document("memory_delete", {"key": key})
    demand(json.loads(text(await connection.call("memory_get", {"key": key, "output_format": "json"})))["message"]
           == "memory not found", "it was not deleted")
    last = (await document("memory_history", {"key": key, "limit": 1000}))["entries"][-1]
    plan = await document("memory_undo", {"events": [str(last["position"])]})
    demand(plan["compensations"] == 1 and "positions" not in plan, f"the plan is {plan}")
    undone = await document("memory_undo", {"events": [last["event_id"]], "apply": True})
    demand(len(undone["positions"]) == 1, f"undone is {undone}")
    back = await document("memory_as_of", {"key": key, "at": str(undone["positions"][0])})
    demand(back["summary"] == "Likes black tea", f"it came back as {back}")
    wrong = await connection.call("memory_delete", {"key": key, "colour": "green"})
    demand(member(wrong, "isError", "is_error") and text(wrong).startswith("invalid_argument: "), "a wrong call is right")
    return {"entries": len(entries)}


async def other_parts(connection, key):
    """Resources, prompts, completions, and what is refused."""
    client = connection.client

    def uri(text):
        if not IS_FIRST:
            return text
        from pydantic import AnyUrl
        return AnyUrl(text)

    read = (await client.read_resource(uri(f"memory://mem/{key}"))).contents[0]
    demand(json.loads(read.text)["summary"] == "Likes black tea", f"the resource is {read.text}")
    message = (await client.get_prompt("recall_memory", {"key": key})).messages[0]
    demand(key in message.content.text, f"the prompt is {message.content.text}")
    completed = await connection.complete({"uri": "memory://{namespace}/{key}"}, "namespace", "m")
    return {
        "completion": completed.completion.values,
        "unknown_tool": await connection.refusal(client.call_tool("memory_forget_all", {})),
        "wrong_arguments": await connection.refusal(client.call_tool("memory_get", {"key": 7})),
        "missing_resource": await connection.refusal(client.read_resource(uri(f"memory://mem/{key}-never"))),
        "unknown_prompt": await connection.refusal(client.get_prompt("sing", {})),
        "prompt_without_argument": await connection.refusal(client.get_prompt("recall_memory", {})),
    }


async def run(options):
    async with connected(options) as connection:
        seen = {"sdk": SDK, "mode": options.mode, "version": connection.version, "server": connection.server}
        seen |= await lists(connection)
        key = f"{options.prefix}:tea"
        await old_tools(connection, key)
        seen |= await new_tools(connection, key)
        seen |= await other_parts(connection, key)
        return seen


def causes(error):
    """The errors in a group of them."""
    if isinstance(error, BaseExceptionGroup):
        return [cause for each in error.exceptions for cause in causes(each)]
    return [error]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", default="legacy" if IS_FIRST else "auto")
    parser.add_argument("--prefix", default="client", help="what the keys begin with that it writes")
    parser.add_argument("--header", action="append", default=[], help="for HTTP: 'Name: value'")
    parser.add_argument("server", nargs="+", help="an address, or a command")
    options = parser.parse_args()
    try:
        print(json.dumps(asyncio.run(run(options))))
    except BaseException as error:
        for cause in causes(error):
            print(f"mcp_client: {type(cause).__name__}: {cause}", file=sys.stderr)
        sys.exit(1)


main()
